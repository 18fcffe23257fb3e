namespace Gantry.Config.Keys;

/// <summary>A value together with where it was written.</summary>
internal readonly record struct Placed<T>(T Value, Place Place);
