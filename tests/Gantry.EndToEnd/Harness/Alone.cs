using Xunit;

namespace Gantry.EndToEnd.Harness;

/// <summary>
/// Scenarios that measure this process, or need most of what it may have: they run when all others
/// have ended, one after another.
/// </summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
