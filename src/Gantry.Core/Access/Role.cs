namespace Gantry.Access;

/// <summary>What somebody may do. Each includes the ones before it.</summary>
public enum Role
{
    /// <summary>Reads the admin API.</summary>
    Viewer,

    /// <summary>Calls servers.</summary>
    Caller,

    /// <summary>Starts, stops and restarts servers.</summary>
    Operator,

    /// <summary>Changes keys and configuration.</summary>
    Admin,
}

public static class Roles
{
    /// <summary>The role's name as people write it; null when there is no such role.</summary>
    public static Role? Parse(string text) =>
        text switch
        {
            "viewer" => Role.Viewer,
            "caller" => Role.Caller,
            "operator" => Role.Operator,
            "admin" => Role.Admin,
            _ => null,
        };

    public static string Word(this Role role) =>
        role switch
        {
            Role.Viewer => "viewer",
            Role.Caller => "caller",
            Role.Operator => "operator",
            _ => "admin",
        };
}
