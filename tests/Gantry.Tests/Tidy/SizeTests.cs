using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Xunit;

namespace Gantry.Tidy;

public sealed class SizeTests
{
    private const int MaxFileLines = 400;
    private const int MaxMethodLines = 70;
    private const int MaxConstructorParameters = 6;
    private const int MaxFilesInFolder = 20;
    private const int MedianBodyLines = 6;
    private const int NineteenOfTwentyBodyLines = 32;

    // Files that were too long when the rule came. A number here may only shrink, and an entry that
    // is no longer needed must go.
    private static readonly Dictionary<string, int> s_longFiles = [];

    [Fact]
    public void Files_are_short_enough_to_read() =>
        Nothing.In(
            from source in Repository.Sources
            let lines = source.File.Lines.Length - 1
            where lines > s_longFiles.GetValueOrDefault(source.Path, MaxFileLines)
            select $"{source.Path} has {lines} lines",
            $"Split what has more than {MaxFileLines} lines."
        );

    [Fact]
    public void Exceptions_for_long_files_only_shrink() =>
        Nothing.In(
            from exception in s_longFiles
            let lines = Lines(exception.Key)
            where lines < exception.Value
            select $"{exception.Key}: {exception.Value} may become {Math.Max(lines, MaxFileLines)}",
            "Lower the number, or remove the entry."
        );

    [Fact]
    public void Methods_fit_on_a_screen() =>
        Nothing.In(
            from method in Methods(Repository.Sources)
            where method.Lines > MaxMethodLines
            select $"{method.At} has {method.Lines} lines",
            $"Split what has more than {MaxMethodLines} lines."
        );

    [Fact]
    public void Most_methods_do_little()
    {
        var lines = Methods(Repository.Product).Select(method => method.BodyLines).Order().ToList();

        Assert.InRange(lines[lines.Count / 2], 1, MedianBodyLines);
        Assert.InRange(lines[lines.Count * 19 / 20], 1, NineteenOfTwentyBodyLines);
    }

    [Fact]
    public void Constructors_take_few_parameters() =>
        Nothing.In(
            from source in Repository.Product
            from constructor in Constructors(source)
            where constructor.Parameters?.Parameters.Count > MaxConstructorParameters
            select $"{source.At(constructor.Node)}",
            $"A class with more than {MaxConstructorParameters} collaborators does too much."
        );

    [Fact]
    public void Folders_are_rooms_not_halls() =>
        Nothing.In(
            from folder in Repository.Product.GroupBy(source => source.File.Folder)
            where folder.Count() > MaxFilesInFolder
            select $"{folder.Key} has {folder.Count()} files",
            $"Make sub-folders where more than {MaxFilesInFolder} files stand together."
        );

    private static int Lines(string path) =>
        Repository.Exists(path) ? Repository.File(path).Lines.Length - 1 : 0;

    private static IEnumerable<Method> Methods(IEnumerable<SourceFile> sources) =>
        from source in sources
        from node in source.Syntax.DescendantNodes()
        let body = Body(node)
        where body is not null
        select new Method(source.At(node), CountLines(node), CountBodyLines(body));

    private static SyntaxNode? Body(SyntaxNode node) =>
        node switch
        {
            BaseMethodDeclarationSyntax method => (SyntaxNode?)method.Body ?? method.ExpressionBody,
            LocalFunctionStatementSyntax local => (SyntaxNode?)local.Body ?? local.ExpressionBody,
            AccessorDeclarationSyntax get => (SyntaxNode?)get.Body ?? get.ExpressionBody,
            PropertyDeclarationSyntax property => property.ExpressionBody,
            _ => null,
        };

    private static int CountLines(SyntaxNode node)
    {
        var span = node.GetLocation().GetLineSpan();
        return span.EndLinePosition.Line - span.StartLinePosition.Line + 1;
    }

    // How long a parameter list had to be wrapped says nothing about what a method does, and the
    // two braces do nothing.
    private static int CountBodyLines(SyntaxNode body) =>
        body is BlockSyntax ? Math.Max(CountLines(body) - 2, 0) : CountLines(body);

    // Records are data: their parameters are fields, not collaborators.
    private static IEnumerable<(SyntaxNode Node, ParameterListSyntax? Parameters)> Constructors(
        SourceFile source
    ) =>
        source
            .All<ClassDeclarationSyntax>()
            .Select(type => ((SyntaxNode)type, type.ParameterList))
            .Concat(
                source
                    .All<ConstructorDeclarationSyntax>()
                    .Select(made => ((SyntaxNode)made, (ParameterListSyntax?)made.ParameterList))
            );

    private sealed record Method(string At, int Lines, int BodyLines);
}
