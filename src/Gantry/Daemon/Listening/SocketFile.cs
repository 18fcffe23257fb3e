using System.Net.Sockets;
using Gantry.Storage;
using Microsoft.Win32.SafeHandles;

namespace Gantry.Daemon;

/// <summary>
/// A Unix socket for clients, at a path that is this process's alone while it lives. What lies there
/// is taken away only when it is a socket that nobody answers on.
/// </summary>
internal sealed class SocketFile : IDisposable
{
    private readonly string _path;
    private readonly UnixFileMode _mode;
    private readonly FileStream _claim;

    private SocketFile(string path, UnixFileMode mode, FileStream claim) =>
        (_path, _mode, _claim) = (path, mode, claim);

    // Two that find the same old socket would each remove the other's new one.
    private static string ClaimOn(string path) => $"{path}.lock";

    /// <exception cref="StartRefusedException">It is somebody else's.</exception>
    public static SocketFile Claim(string path, UnixFileMode mode)
    {
        try
        {
            var claim = PrivateFile.Open(ClaimOn(path), FileMode.OpenOrCreate);
            var file = new SocketFile(path, mode, claim);
            file.Clear();
            return file;
        }
        catch (DirectoryNotFoundException)
        {
            throw Refuse(path, $"there is no directory '{Path.GetDirectoryName(path)}'. Make it");
        }
        catch (UnauthorizedAccessException)
        {
            throw Refuse(path, "this user may not write there. Choose another directory");
        }
        catch (IOException)
        {
            throw Refuse(path, "another Gantry serves it. Stop that, or choose another path");
        }
    }

    /// <summary>Makes the socket, which nobody whom the mode keeps out can open at any moment.
    /// </summary>
    public Socket Bind()
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            Restrict(socket);
            socket.Bind(new UnixDomainSocketEndPoint(_path));
            Widen();
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        File.Delete(_path);
        File.Delete(ClaimOn(_path));
        _claim.Dispose();
    }

    private void Clear()
    {
        try
        {
            if (!Path.Exists(_path))
            {
                return;
            }

            if (!IsSocket())
            {
                throw Refuse(
                    _path,
                    "something else lies there that is no socket, and Gantry removes nobody's "
                        + "file. Remove it yourself, or choose another path"
                );
            }

            if (IsAnswered())
            {
                throw Refuse(_path, "another program serves it. Stop that, or choose another path");
            }

            File.Delete(_path);
        }
        catch
        {
            _claim.Dispose();
            throw;
        }
    }

    // A socket is the one kind of file that cannot be opened as one.
    private bool IsSocket()
    {
        try
        {
            using var file = new FileStream(_path, FileMode.Open, FileAccess.ReadWrite);
            return false;
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
        catch (IOException)
        {
            return (File.GetAttributes(_path) & FileAttributes.Directory) == 0;
        }
    }

    private bool IsAnswered()
    {
        using var socket = new Socket(
            AddressFamily.Unix,
            SocketType.Stream,
            ProtocolType.Unspecified
        );
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(_path));
            return true;
        }
        catch (SocketException exception)
        {
            return exception.SocketErrorCode is not SocketError.ConnectionRefused;
        }
    }

    // On Linux the file gets the mode that its socket has when it is bound.
    private void Restrict(Socket socket)
    {
        if (OperatingSystem.IsLinux())
        {
            using var handle = new SafeFileHandle(socket.Handle, ownsHandle: false);
            File.SetUnixFileMode(handle, _mode);
        }
    }

    // What the process's umask took away comes back.
    private void Widen()
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(_path, _mode);
        }
    }

    private static StartRefusedException Refuse(string path, string why) =>
        new($"Cannot listen on unix:{path}: {why}.");
}
