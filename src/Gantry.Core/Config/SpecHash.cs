using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Gantry.Config;

/// <summary>
/// Stamped on every instance: the only link between what is wanted and what is there. Two specs
/// run the same thing when their hashes agree.
/// </summary>
public readonly record struct SpecHash(string Value)
{
    private const int Digits = 12;

    /// <param name="key">The installation's key: with it, a hash in a label cannot be used to
    /// guess a secret.</param>
    /// <remarks>
    /// Covers what runs, not how many, when or where it is defined. A field at its default adds
    /// nothing, so that a release that adds a field restarts nobody.
    /// </remarks>
    public static SpecHash Of(ServerSpec spec, ReadOnlySpan<byte> key)
    {
        var canonical = new StringBuilder();
        Append(canonical, spec.Runtime);
        foreach (var (name, value) in spec.Environment)
        {
            Append(canonical, "env", name, value.Value);
        }

        if (spec.Isolation is not Isolation.Shared)
        {
            Append(canonical, "isolation", spec.Isolation.ToString());
        }

        var hash = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(canonical.ToString()));
        return new(Convert.ToHexStringLower(hash)[..Digits]);
    }

    public override string ToString() => Value;

    private static void Append(StringBuilder canonical, RuntimeSpec runtime)
    {
        switch (runtime)
        {
            case ProcessSpec process:
                Append(canonical, "process", process.Command.Value, process.Directory);
                foreach (var argument in process.Arguments)
                {
                    Append(canonical, "arg", argument.Value);
                }

                break;
            case RemoteSpec remote:
                Append(canonical, remote);
                break;
            default:
                throw new UnreachableException();
        }
    }

    private static void Append(StringBuilder canonical, RemoteSpec remote)
    {
        var usual = new RemoteSpec(remote.Url);
        Append(canonical, "remote", remote.Url.Value);
        foreach (var (name, value) in remote.Headers)
        {
            Append(canonical, "header", name.ToLowerInvariant(), value.Value);
        }

        AppendUnless(canonical, "transport", remote.Transport, usual.Transport);
        AppendUnless(canonical, "tls", remote.Tls, usual.Tls);
        AppendUnless(canonical, "connect", remote.ConnectTimeout, usual.ConnectTimeout);
        AppendUnless(canonical, "request", remote.RequestTimeout, usual.RequestTimeout);
        AppendUnless(canonical, "forward", remote.ForwardAuthorization, usual.ForwardAuthorization);
        AppendUnless(canonical, "socket", remote.Socket ?? "", "");
        foreach (var (name, value) in remote.Auth?.Parts() ?? [])
        {
            Append(canonical, "auth", name, value);
        }
    }

    private static void AppendUnless<T>(StringBuilder canonical, string name, T value, T usual)
        where T : notnull
    {
        if (!value.Equals(usual))
        {
            Append(canonical, name, value.ToString() ?? "");
        }
    }

    // Each part is preceded by its length, so that no two lists of parts read the same.
    private static void Append(StringBuilder canonical, params ReadOnlySpan<string> parts)
    {
        foreach (var part in parts)
        {
            canonical.Append(CultureInfo.InvariantCulture, $"{part.Length}:{part};");
        }

        canonical.Append('\n');
    }
}
