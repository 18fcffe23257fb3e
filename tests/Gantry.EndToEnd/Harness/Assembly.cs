using Xunit;

// Each scenario starts whole process trees; two at once would only disturb each other's clocks.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
