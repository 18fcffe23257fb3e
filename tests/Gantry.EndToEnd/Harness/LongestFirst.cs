using Gantry.EndToEnd.Matrix;
using Gantry.EndToEnd.Remote;
using Xunit.Sdk;
using Xunit.v3;

namespace Gantry.EndToEnd.Harness;

/// <summary>
/// Begins with what takes longest, so that not one of them still runs when all others have ended.
/// </summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    private static readonly Type[] s_longest =
    [
        typeof(ClientConformanceTests),
        typeof(MatrixTests),
    ];

    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(
        IReadOnlyCollection<TTestCollection> testCollections
    )
        where TTestCollection : ITestCollection =>
        [
            .. testCollections
                .OrderBy(collection => !IsLong(collection.TestCollectionDisplayName))
                .ThenBy(collection => collection.TestCollectionDisplayName, StringComparer.Ordinal),
        ];

    // A class that names no collection is one, with its own name in the collection's.
    private static bool IsLong(string collection) =>
        Array.Exists(
            s_longest,
            type => collection.Contains($"{type.FullName}", StringComparison.Ordinal)
        );
}
