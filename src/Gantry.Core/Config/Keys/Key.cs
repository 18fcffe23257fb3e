namespace Gantry.Config.Keys;

/// <summary>
/// A key that a mapping may have. The parser, the suggestions for misspelt keys and the published
/// schema all come from these.
/// </summary>
internal abstract record Key(string Name, Shape Shape, string Description)
{
    public Standing Standing { get; init; }

    /// <summary>For a key of a later version: what cannot be done yet, and what works today.</summary>
    public (string What, string Instead)? Missing { get; init; }

    /// <summary>A key whose value has no effect yet; using it is a remark.</summary>
    public static Key Idle(string name, string description) =>
        new Key<bool>(name, new AnyShape(), description) { Standing = Standing.Idle };

    /// <summary>A key of another program that means nothing to a gateway; passed over.</summary>
    public static Key NotOurs(string name) =>
        new Key<bool>(name, new AnyShape(), "") { Standing = Standing.NotOurs };

    /// <param name="what">Continues "This version of Gantry cannot".</param>
    public static Key Later(string name, string what, string instead) =>
        new Key<bool>(name, new AnyShape(), "")
        {
            Standing = Standing.Later,
            Missing = (what, instead),
        };
}

internal sealed record Key<T>(string Name, Shape<T> Value, string Description)
    : Key(Name, Value, Description);

internal enum Standing
{
    Used,
    Idle,
    NotOurs,
    Later,
}
