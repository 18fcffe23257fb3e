namespace Gantry.Daemon;

/// <summary>The daemon does not start, for a reason that its operator can do away with.</summary>
/// <param name="message">What is wrong and what to do, in whole sentences.</param>
internal sealed class StartRefusedException(string message) : Exception(message);
