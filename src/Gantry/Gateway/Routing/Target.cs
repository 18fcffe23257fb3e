using Gantry.Config;

namespace Gantry.Gateway.Routing;

/// <summary>What an address leads to: one server, or several that look like one.</summary>
internal abstract record Target
{
    private Target() { }

    /// <summary>One server as it is.</summary>
    public sealed record Server(ServerName Name) : Target
    {
        public override string ToString() => Name.ToString();
    }

    /// <summary>Several servers as one.</summary>
    /// <param name="Group">The subset's name; null for all that the caller may see.</param>
    public sealed record Several(string? Group) : Target
    {
        public override string ToString() => Group ?? "all servers";
    }
}
