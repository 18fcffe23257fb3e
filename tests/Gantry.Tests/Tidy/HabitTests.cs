using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Xunit;

namespace Gantry.Tidy;

public sealed partial class HabitTests
{
    [GeneratedRegex(@"\b(TODO|FIXME|HACK|XXX)\b(?!\(#\d+\))")]
    private static partial Regex Promise { get; }

    [Fact]
    public void A_promise_in_a_comment_names_its_issue() =>
        Nothing.In(
            from source in Repository.Sources
            from trivia in source.Syntax.DescendantTrivia(descendIntoTrivia: false)
            where IsComment(trivia) && Promise.IsMatch(trivia.ToString())
            select $"{source.Path}: {trivia.ToString().Trim()}",
            "Write TODO(#123), or do it now."
        );

    [Fact]
    public void Nothing_configures_awaits() =>
        Nothing.In(
            from source in Repository.Sources
            from name in source.All<IdentifierNameSyntax>()
            where name.Identifier.ValueText is "ConfigureAwait"
            select source.At(name),
            "An application has no context to escape from."
        );

    [Fact]
    public void Nothing_is_async_void() =>
        Nothing.In(
            from source in Repository.Sources
            from method in source.All<MethodDeclarationSyntax>()
            where method.Modifiers.Any(SyntaxKind.AsyncKeyword)
            where method.ReturnType.ToString() is "void"
            select source.At(method),
            "Every task has an owner that awaits it."
        );

    [Fact]
    public void A_task_is_not_thrown_away() =>
        Nothing.In(
            from source in Repository.Product
            from assignment in source.All<AssignmentExpressionSyntax>()
            where assignment.Left.ToString() is "_"
            where assignment.Right is InvocationExpressionSyntax call && IsAsync(call)
            select source.At(assignment),
            "Every task has an owner that awaits it."
        );

    [Fact]
    public void A_catch_says_what_it_can_explain() =>
        Nothing.In(
            from source in Repository.Product
            from clause in source.All<CatchClauseSyntax>()
            where clause.Filter is null && CatchesAll(clause) && !Rethrows(clause)
            select source.At(clause),
            "Catch a type, filter with `when`, or rethrow."
        );

    [Fact]
    public void A_caught_exception_is_never_dropped_without_a_word() =>
        Nothing.In(
            from source in Repository.Product
            from clause in source.All<CatchClauseSyntax>()
            where clause.Block.Statements.Count == 0 && !IsOwnCancellation(clause)
            where !clause.Block.DescendantTrivia().Any(IsComment)
            select source.At(clause),
            "An empty catch says in a comment why nothing has to be done."
        );

    [Fact]
    public void Cancellation_comes_last_and_is_never_optional() =>
        Nothing.In(
            from source in Repository.Product
            from list in source.All<ParameterListSyntax>()
            from parameter in list.Parameters
            where parameter.Type?.ToString() is "CancellationToken"
            where parameter.Default is not null || !IsAtTheEnd(parameter, list)
            select source.At(parameter),
            "Whoever forgets the token should not compile."
        );

    [Fact]
    public void Nobody_silences_the_compiler_about_null() =>
        Nothing.In(
            from source in Repository.Product
            from node in source.Syntax.DescendantNodes()
            where node.IsKind(SyntaxKind.SuppressNullableWarningExpression)
            select source.At(node),
            "Make the type say it."
        );

    [Fact]
    public void What_others_read_has_no_public_setter() =>
        Nothing.In(
            from source in Repository.Product
            from property in source.All<PropertyDeclarationSyntax>()
            where property.Modifiers.Any(SyntaxKind.PublicKeyword) && IsReadByOthers(property)
            from accessor in property.AccessorList?.Accessors ?? []
            where
                accessor.IsKind(SyntaxKind.SetAccessorDeclaration) && accessor.Modifiers.Count == 0
            select $"{source.At(property)}: {property.Identifier.ValueText}",
            "Use init, and replace the whole."
        );

    [Fact]
    public void A_silenced_warning_says_why() =>
        Nothing.In(
            from source in Repository.Sources
            from trivia in source.Syntax.DescendantTrivia()
            where trivia.IsKind(SyntaxKind.PragmaWarningDirectiveTrivia)
            let line = trivia.ToString()
            where
                line.Contains("disable", StringComparison.Ordinal)
                && !line.Contains("//", StringComparison.Ordinal)
            select $"{source.Path}: {line}",
            "Write the reason behind the pragma."
        );

    [Fact]
    public void Tests_that_wait_are_bounded_and_never_sleep() =>
        Nothing.In(
            from source in Repository.Sources
            where source.IsIn("tests/Gantry.Tests/")
            from method in source.All<MethodDeclarationSyntax>()
            where method.Modifiers.Any(SyntaxKind.AsyncKeyword) && IsTest(method)
            where !method.AttributeLists.ToString().Contains("Timeout", StringComparison.Ordinal)
            select $"{source.At(method)}: {method.Identifier.ValueText}",
            "Give a test that awaits a Timeout."
        );

    // Inside a project, a class may be one thread's own notebook; data and contracts never are.
    private static bool IsReadByOthers(PropertyDeclarationSyntax property) =>
        property.Parent is RecordDeclarationSyntax
        || (
            property.Parent is TypeDeclarationSyntax type
            && type.Modifiers.Any(SyntaxKind.PublicKeyword)
        );

    // What was asked to end has ended: there is nothing to say.
    private static bool IsOwnCancellation(CatchClauseSyntax clause) =>
        clause.Declaration?.Type.ToString() is "OperationCanceledException"
        && clause.Filter is not null;

    private static bool IsAtTheEnd(ParameterSyntax parameter, ParameterListSyntax list) =>
        list
            .Parameters.SkipWhile(other => other != parameter)
            .All(other =>
                other.Type?.ToString() is "CancellationToken"
                || other.Modifiers.Any(SyntaxKind.ParamsKeyword)
            );

    private static bool IsTest(MethodDeclarationSyntax method) =>
        Regex.IsMatch(method.AttributeLists.ToString(), @"\b(Fact|Theory)\b");

    private static bool IsComment(SyntaxTrivia trivia) =>
        trivia.Kind()
            is SyntaxKind.SingleLineCommentTrivia
                or SyntaxKind.MultiLineCommentTrivia
                or SyntaxKind.SingleLineDocumentationCommentTrivia;

    private static bool IsAsync(InvocationExpressionSyntax call) =>
        call.Expression.ToString().Split('(')[0] is var name
        && (name.EndsWith("Async", StringComparison.Ordinal) || name is "Task.Run");

    private static bool CatchesAll(CatchClauseSyntax clause) =>
        clause.Declaration?.Type.ToString() is null or "Exception" or "System.Exception";

    private static bool Rethrows(CatchClauseSyntax clause) =>
        clause
            .Block.DescendantNodes()
            .Any(node => node is ThrowStatementSyntax or ThrowExpressionSyntax);
}
