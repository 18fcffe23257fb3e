using System.Runtime.InteropServices;

namespace Gantry.Runtimes.Process.Linux;

/// <summary>
/// Starts a program with posix_spawn: in a session of its own, with default signals, and with the
/// descriptors it is given and those that are not closed on exec.
/// </summary>
internal static unsafe partial class Spawn
{
    // The C library's structures are opaque; these are larger than any known one.
    private const int OpaqueBytes = 1024;
    private const int SignalSetBytes = 128;

    private const short SetSignalDefaults = 0x04;
    private const short SetSignalMask = 0x08;
    private const short SetSession = 0x80;

    /// <summary>
    /// Held while a program starts, and while descriptors are open that are another's: until it has
    /// become its program, a child holds a copy of everything, and a pipe that it holds open does
    /// not break for whoever writes to it.
    /// </summary>
    public static Lock Inheriting { get; } = new();

    /// <param name="descriptors">The child's descriptors 0, 1, 2 and so on.</param>
    /// <returns>The process id, or the negated error number.</returns>
    public static int Start(
        string file,
        IReadOnlyList<string> arguments,
        IReadOnlyList<string> environment,
        string? directory,
        ReadOnlySpan<int> descriptors
    )
    {
        var actions = stackalloc byte[OpaqueBytes];
        var attributes = stackalloc byte[OpaqueBytes];
        var argumentBlock = Block(arguments);
        var environmentBlock = Block(environment);
        InitActions(actions);
        InitAttributes(attributes);
        try
        {
            Prepare(actions, attributes, directory, descriptors);
            using var alone = Inheriting.EnterScope();
            var error = Call(
                out var processId,
                file,
                actions,
                attributes,
                argumentBlock,
                environmentBlock
            );
            return error == 0 ? processId : -error;
        }
        finally
        {
            DestroyActions(actions);
            DestroyAttributes(attributes);
            Free(argumentBlock);
            Free(environmentBlock);
        }
    }

    private static void Prepare(
        byte* actions,
        byte* attributes,
        string? directory,
        ReadOnlySpan<int> descriptors
    )
    {
        var signals = stackalloc byte[SignalSetBytes];
        FillSignals(signals);
        SetDefaults(attributes, signals);
        EmptySignals(signals);
        SetMask(attributes, signals);
        SetFlags(attributes, SetSignalDefaults | SetSignalMask | SetSession);

        for (var to = 0; to < descriptors.Length; to++)
        {
            AddDuplicate(actions, descriptors[to], to);
        }

        if (directory is not null)
        {
            AddDirectory(actions, directory);
        }
    }

    private static byte** Block(IReadOnlyList<string> texts)
    {
        var block = (byte**)NativeMemory.AllocZeroed((nuint)texts.Count + 1, (nuint)sizeof(byte*));
        for (var at = 0; at < texts.Count; at++)
        {
            block[at] = (byte*)Marshal.StringToCoTaskMemUTF8(texts[at]);
        }

        return block;
    }

    private static void Free(byte** block)
    {
        for (var at = 0; block[at] is not null; at++)
        {
            Marshal.FreeCoTaskMem((nint)block[at]);
        }

        NativeMemory.Free(block);
    }

    [LibraryImport("libc", EntryPoint = "posix_spawn", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Call(
        out int processId,
        string file,
        byte* actions,
        byte* attributes,
        byte** arguments,
        byte** environment
    );

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_init")]
    private static partial void InitActions(byte* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_destroy")]
    private static partial void DestroyActions(byte* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_adddup2")]
    private static partial void AddDuplicate(byte* actions, int from, int to);

    [LibraryImport(
        "libc",
        EntryPoint = "posix_spawn_file_actions_addchdir_np",
        StringMarshalling = StringMarshalling.Utf8
    )]
    private static partial void AddDirectory(byte* actions, string directory);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_init")]
    private static partial void InitAttributes(byte* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_destroy")]
    private static partial void DestroyAttributes(byte* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setflags")]
    private static partial void SetFlags(byte* attributes, short flags);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigdefault")]
    private static partial void SetDefaults(byte* attributes, byte* signals);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigmask")]
    private static partial void SetMask(byte* attributes, byte* signals);

    [LibraryImport("libc", EntryPoint = "sigfillset")]
    private static partial void FillSignals(byte* signals);

    [LibraryImport("libc", EntryPoint = "sigemptyset")]
    private static partial void EmptySignals(byte* signals);
}
