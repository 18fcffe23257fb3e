using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Gantry.Config.Problems;

namespace Gantry.Config.Formats;

/// <summary>A server as a published package, and the command that runs it.</summary>
internal sealed partial record PackageReference(string Command, ImmutableArray<string> Arguments)
{
    // Nothing that begins with '-', or the program that runs it would take it for an option.
    [GeneratedRegex(
        @"^(@[a-z0-9~_][a-z0-9._~-]*/)?[A-Za-z0-9~_][A-Za-z0-9._~-]*(@[A-Za-z0-9^~<>=*][A-Za-z0-9.+^~<>=*-]*)?$",
        RegexOptions.CultureInvariant
    )]
    private static partial Regex Npm { get; }

    [GeneratedRegex(
        @"^[A-Za-z0-9][A-Za-z0-9._-]*(\[[A-Za-z0-9,._-]+\])?((==|>=|~=)[A-Za-z0-9.+!*-]+)?$",
        RegexOptions.CultureInvariant
    )]
    private static partial Regex Pypi { get; }

    /// <summary>Null when the text is no package that this version can run.</summary>
    public static PackageReference? Parse(string text) =>
        text.Split(':', 2) switch
        {
            ["npm", var name] when Npm.IsMatch(name) => new("npx", ["-y", name]),
            ["pypi", var name] when Pypi.IsMatch(name) => new("uvx", [name]),
            _ => null,
        };

    /// <summary>Why <see cref="Parse"/> gave nothing.</summary>
    public static Fault Judge(string text) =>
        text.StartsWith("oci:", StringComparison.Ordinal)
            ? KeyFaults.Later(
                "run containers",
                "Start the container as a process: command: docker, args: [run, -i, --rm, IMAGE].",
                isForeign: false
            )
            : ServerFaults.BadPackage(text);
}
