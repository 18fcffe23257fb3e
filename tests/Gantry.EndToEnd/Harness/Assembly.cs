using Gantry.EndToEnd.Harness;
using Xunit;

// Scenarios wait as long as they compute, so that more of them than a small machine has processors
// fill it. Each has its own directory, ports and mark; what measures is in Alone.
[assembly: CollectionBehavior(MaxParallelThreads = 3)]
[assembly: TestCollectionOrderer(typeof(LongestFirst))]
