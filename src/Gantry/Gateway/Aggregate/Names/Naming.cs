using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using Gantry.Config;

namespace Gantry.Gateway.Aggregate.Names;

/// <summary>
/// What the tools and prompts of a server are called where several servers look like one: server,
/// separator, own name. Pure: the same everywhere and always, whatever else there is.
/// </summary>
/// <remarks>
/// A name that clients would refuse, because it is too long or has other characters than they take,
/// becomes a tame one: what is left of it, and a digest of the whole. No plain name ends like that,
/// as one that would is tamed too; so no two can ever be the same.
/// </remarks>
internal static class Naming
{
    /// <summary>What models and clients take at most.</summary>
    public const int MaxLength = 64;

    private const int MaxServerLength = 28;
    private const int ServerDigits = 10;
    private const int Digits = 12;
    private const char Mark = '_';

    private static readonly SearchValues<char> s_taken = SearchValues.Create(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-"
    );

    private static readonly SearchValues<char> s_hex = SearchValues.Create("0123456789abcdef");

    public static string Of(Separator separator, ServerName server, string name)
    {
        var plain = separator.Join(server.ToString(), name);
        return IsPlain(plain, name) ? plain : Tame(separator, server, name);
    }

    /// <summary>The name that stays one of a kind even where a list has others that differ from it
    /// in capitals only.</summary>
    public static string Tame(Separator separator, ServerName server, string name)
    {
        var before = separator.Join(Short(server), "");
        var room = MaxLength - before.Length - 1 - Digits;
        var rest = name.Length > room ? name[..room] : name;
        return before + Clean(rest) + Mark + Digest(name, Digits);
    }

    /// <summary>The server's name, or what stands for it where it is too long for the tools to have
    /// room behind it. Ends as no name of a server does.</summary>
    public static string Short(ServerName server)
    {
        var name = server.ToString();
        return name.Length <= MaxServerLength
            ? name
            : name[..(MaxServerLength - ServerDigits - 1)] + Digest(name, ServerDigits) + '-';
    }

    /// <summary>Finds out what a name stands for; null when it can stand for nothing.</summary>
    /// <param name="find">Gives the server by its name or its <see cref="Short"/> one.</param>
    public static Sought? Parse(Separator separator, string exposed, Func<string, ServerName?> find)
    {
        var at = separator.IndexIn(exposed);
        if (at < 1 || find(exposed[..at]) is not { } server)
        {
            return null;
        }

        var rest = exposed[(at + separator.ToString().Length)..];
        if (LooksTame(rest))
        {
            return new(server, null, exposed);
        }

        return Of(separator, server, rest) == exposed ? new(server, rest, exposed) : null;
    }

    private static bool IsPlain(string exposed, string name) =>
        name.Length > 0
        && exposed.Length <= MaxLength
        && !name.AsSpan().ContainsAnyExcept(s_taken)
        && !LooksTame(name);

    private static bool LooksTame(string name) =>
        name.Length > Digits
        && name[^(Digits + 1)] == Mark
        && !name.AsSpan(name.Length - Digits).ContainsAnyExcept(s_hex);

    private static string Clean(string name) =>
        string.Create(
            name.Length,
            name,
            static (clean, from) =>
            {
                for (var i = 0; i < clean.Length; i++)
                {
                    clean[i] = s_taken.Contains(from[i]) ? from[i] : '_';
                }
            }
        );

    private static string Digest(string name, int digits) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)))[..digits];
}

/// <param name="Name">As its server calls it; null when only the server's list can tell.</param>
/// <param name="Exposed">What it is called among others.</param>
internal readonly record struct Sought(ServerName Server, string? Name, string Exposed);
