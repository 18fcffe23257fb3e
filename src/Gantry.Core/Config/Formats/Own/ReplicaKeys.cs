using System.Collections.Immutable;
using Gantry.Config.Keys;

namespace Gantry.Config.Formats;

/// <summary>Every key of the <c>gateway.replicas</c> block.</summary>
internal static class ReplicaKeys
{
    public static readonly Key<ImmutableArray<Placed<string>>> Secret = new(
        "secret",
        new TextsShape(),
        "What all replicas share, as ${VARIABLE}, at least 32 characters. Of several, the first seals and all open."
    );
    public static readonly Key<Placed<string>?> Url = new(
        "url",
        Shapes.Text,
        "Where the other replicas reach this one: scheme, host and port. Default: where it listens."
    );
    public static readonly Key<Placed<string>?> CaFile = new(
        "ca_file",
        Shapes.Text,
        "The authorities that sign the replicas' certificates, PEM, relative to this file. Default: those that the machine knows."
    );
    public static readonly Key<TimeSpan> ConnectTimeout = new(
        "connect_timeout",
        new RangedDurationShape("10ms", "1m"),
        "How long another replica may take to accept a connection. Default: 1s."
    );
    public static readonly Key<TimeSpan> AnswerTimeout = new(
        "answer_timeout",
        new RangedDurationShape("1s", "24h"),
        "How long another replica may take to begin its answer. Default: 5m."
    );
    public static readonly KeyTable Table = new(Secret, Url, CaFile, ConnectTimeout, AnswerTimeout);
}
