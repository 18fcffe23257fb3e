using static Gantry.Config.Problems.Fault;

namespace Gantry.Config.Problems;

/// <summary>What can be wrong with how this process and its replicas belong together: GT09xx. No
/// secret is ever shown.</summary>
internal static class ReplicaFaults
{
    public static Fault NoSecret { get; } =
        Error(
            "GT0901",
            "The replicas share no secret.",
            "Add secret: ${VARIABLE}, the same for all of them."
        );

    public static Fault ShortSecret(int least) =>
        Error(
            "GT0902",
            $"The secret has fewer than {least} characters, and could be guessed.",
            "Make one with 'openssl rand -hex 32'."
        );

    public static Fault BadUrl(string url) =>
        Error(
            "GT0903",
            $"'{url}' is no address at which another replica reaches this one.",
            "Write scheme, host and port of this one alone, as in http://10.0.0.7:8080."
        );

    public static Fault NoUrl(string listen) =>
        Error(
            "GT0904",
            $"'{listen}' is every address of this machine, and none that another replica could use.",
            "Add url: http://HOST:PORT, where the others reach this one."
        );

    public static Fault NoCaFile(string file) =>
        Error(
            "GT0906",
            $"There is no file '{file}' with the authorities of the replicas.",
            "Correct the path, which is relative to this file, or put the authority's certificate there."
        );

    public static Fault UnreadableCaFile(string file, string why) =>
        Error(
            "GT0907",
            $"The authorities of the replicas in '{file}' cannot be read: {why}",
            "Let the user that runs Gantry read the file."
        );

    public static Fault EmptyCaFile(string file) =>
        Error(
            "GT0908",
            $"'{file}' holds no certificate of an authority.",
            "Put it there in PEM, from -----BEGIN CERTIFICATE----- to its end."
        );

    public static Fault OpenSecret { get; } =
        Warning(
            "GT0905",
            "The secret stands in the file: whoever reads that can make sessions' names.",
            "Write ${VARIABLE}, and set it in the environment or in a --secrets-dir."
        );
}
