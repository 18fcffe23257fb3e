using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Xunit;

namespace Gantry.Tidy;

public sealed partial class NamingTests
{
    // Words that say nothing about what a type is for.
    private static readonly string[] s_emptyWords =
    [
        "Manager",
        "Helper",
        "Helpers",
        "Util",
        "Utils",
        "Utility",
        "Wrapper",
        "Info",
        "Data",
        "Impl",
        "Base",
    ];

    // The kinds of boundary that may have a single implementation besides the tests'.
    private static readonly string[] s_seams = ["IRuntime", "IConnection", "IUpstreamCredentials"];

    [GeneratedRegex("[A-Z][a-z0-9]*")]
    private static partial Regex Word { get; }

    [Fact]
    public void Type_names_say_what_the_type_is_for() =>
        Nothing.In(
            from source in Repository.Sources
            from type in source.All<MemberDeclarationSyntax>()
            let name = TypeName(type)
            where name is not null
            from Match word in Word.Matches(name)
            where s_emptyWords.Contains(word.Value)
            select $"{source.At(type)}: {name}",
            $"Find a name without {string.Join(", ", s_emptyWords)}."
        );

    [Fact]
    public void Namespaces_follow_folders() =>
        Nothing.In(
            from source in Repository.Product
            from space in source.All<BaseNamespaceDeclarationSyntax>()
            let wanted = NamespaceOf(source)
            where space is not FileScopedNamespaceDeclarationSyntax || !Fits(space, wanted)
            select $"{source.At(space)}: {space.Name} should be {wanted}",
            "One file-scoped namespace, named after the folder."
        );

    [Fact]
    public void An_interface_outside_the_seams_has_two_implementations() =>
        Nothing.In(
            from source in Repository.Product
            from contract in source.All<InterfaceDeclarationSyntax>()
            let name = contract.Identifier.ValueText
            where !s_seams.Contains(name) && Implementations(name) < 2
            select $"{source.At(contract)}: {name}",
            "An interface with one implementation hides nothing: use the class."
        );

    private static string? TypeName(MemberDeclarationSyntax member) =>
        member switch
        {
            BaseTypeDeclarationSyntax type => type.Identifier.ValueText,
            DelegateDeclarationSyntax type => type.Identifier.ValueText,
            _ => null,
        };

    // src/Gantry.Core/Wire/X.cs is Gantry.Wire, src/Gantry.Runtimes/Process/X.cs is
    // Gantry.Runtimes.Process, src/Gantry/Gateway/X.cs is Gantry.Gateway.
    private static string NamespaceOf(SourceFile source)
    {
        var parts = source.File.Folder.Split('/')[1..];
        var first = parts[0] is "Gantry.Core" ? "Gantry" : parts[0];
        return string.Join('.', [first, .. parts[1..]]);
    }

    // A folder inside a room may share the room's namespace.
    private static bool Fits(BaseNamespaceDeclarationSyntax space, string wanted) =>
        space.Name.ToString() is var name
        && (
            name == wanted
            || (wanted.StartsWith(name + ".", StringComparison.Ordinal) && name != "Gantry")
        );

    private static int Implementations(string contract) =>
        Repository
            .Product.SelectMany(source => source.All<BaseListSyntax>())
            .SelectMany(list => list.Types)
            .Count(type => Regex.IsMatch(type.Type.ToString(), $@"(^|\.){contract}\b"));
}
