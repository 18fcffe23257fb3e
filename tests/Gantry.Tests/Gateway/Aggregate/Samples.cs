using FsCheck;
using FsCheck.Fluent;
using Gantry.Config;

namespace Gantry.Gateway.Aggregate;

/// <summary>Names and URIs as servers might have them, the awkward ones above all.</summary>
internal static class Samples
{
    private static readonly string[] s_uris =
    [
        "file:///",
        "file:///a/b.txt",
        "test://x/{id}",
        "test://{host}/{+path}{?q*}",
        "{+uri}",
        "http{s}://x",
        "ui://weather/view.html",
        "UI://weather/view.html",
        "ui://a+b/c",
        "ui://a.b/c",
        "ui:///x",
        "git+ssh://host/repo",
        "a+file:///x",
        "s.1a+file:///x",
        "urn:isbn:0451450523",
        "relative/path",
        "",
        "+",
        "ü://ö",
    ];

    public static Gen<Separator> Separators { get; } =
        Gen.Elements("__", "_", ".", "-_", "_-", "..", "._.-").Select(Parse);

    public static Gen<ServerName> Servers { get; } =
        Gen.OneOf(
                Gen.Elements("a", "b", "ab", "a-b", "1", "1a", "s", "g", "http", "ui", "files"),
                Text("ab1-", 1, 63)
            )
            .Where(text => ServerName.TryParse(text, out _))
            .Select(ServerName.Parse);

    public static Gen<string> Tools { get; } =
        Gen.OneOf(
            Gen.Elements(
                "read",
                "Read",
                "b__c",
                "_",
                "__",
                "a__b__c",
                "-",
                "x_0123456789ab",
                "read file",
                "datei/öffnen",
                "日本",
                ""
            ),
            Text("ab_-.", 0, 90),
            Text("aA_0123456789abcdef", 10, 16),
            Text("a /\u0000ü\"\\", 1, 80)
        );

    public static Gen<string> Uris { get; } =
        Gen.OneOf(Gen.Elements(s_uris), Text("ab:+/.{}s1", 0, 12));

    private static Gen<string> Text(string letters, int least, int most) =>
        Gen.Choose(least, most)
            .SelectMany(length => Gen.Elements(letters.ToCharArray()).ArrayOf(length))
            .Select(characters => new string(characters));

    private static Separator Parse(string text) =>
        Separator.TryParse(text, out var separator) ? separator : throw new FormatException(text);
}
