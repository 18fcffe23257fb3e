using System.Text.RegularExpressions;
using System.Xml.Linq;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Xunit;

namespace Gantry.Tidy;

public sealed class DirectionTests
{
    private const string Core = "src/Gantry.Core/";
    private const string Runtimes = "src/Gantry.Runtimes/";
    private const string Program = "src/Gantry/";

    private static readonly string[] s_steps =
    [
        "StartAsync",
        "DrainAsync",
        "StopAsync",
        "KillAsync",
    ];

    [Theory]
    [InlineData("Gantry.Core", "")]
    [InlineData("Gantry.Runtimes", "Gantry.Core")]
    [InlineData("Gantry", "Gantry.Core Gantry.Runtimes")]
    public void A_project_references_only_what_lies_below_it(string project, string below)
    {
        var references = Items(project, "ProjectReference")
            .Select(Path.GetFileNameWithoutExtension);

        Assert.Equal(below, string.Join(' ', references.Order()));
    }

    [Fact]
    public void The_core_depends_on_yaml_and_logging_and_nothing_else() =>
        Assert.Equal(
            ["Microsoft.Extensions.Logging.Abstractions", "YamlDotNet"],
            Items("Gantry.Core", "PackageReference").Order()
        );

    [Fact]
    public void The_core_knows_no_web_no_processes_and_nothing_above_it() =>
        MustNotName(
            Core,
            "Microsoft.AspNetCore",
            "System.Diagnostics.Process",
            "System.Net",
            "Gantry.Runtimes.Process",
            "Gantry.Gateway",
            "Gantry.Admin",
            "Gantry.Cli",
            "Gantry.Daemon"
        );

    [Fact]
    public void Runtimes_know_nothing_of_gateway_administration_or_reconciling()
    {
        MustNotName(
            Runtimes,
            "Microsoft.AspNetCore",
            "Gantry.Gateway",
            "Gantry.Admin",
            "Gantry.Cli"
        );
        MustNotName(Runtimes, "Reconciler", "Board", "Planner");
    }

    [Fact]
    public void Configuration_knows_neither_plans_nor_instances() =>
        MustNotName(
            Core + "Config/",
            "Gantry.Planning",
            "Gantry.Reconcile",
            "Gantry.Runtimes",
            "Gantry.Wire"
        );

    [Fact]
    public void Planning_does_no_input_or_output_and_has_no_clock() =>
        MustNotName(
            Core + "Planning/",
            "System.IO",
            "File",
            "Directory",
            "Stream",
            "Console",
            "HttpClient",
            "TimeProvider",
            "Stopwatch",
            "Environment.TickCount",
            "Random",
            "Task",
            "ValueTask",
            "ILogger",
            "IRuntime",
            "IConnection"
        );

    [Fact]
    public void The_wire_knows_neither_configuration_nor_planning() =>
        MustNotName(Core + "Wire/", "Gantry.Config", "Gantry.Planning", "Gantry.Reconcile");

    [Fact]
    public void The_gateway_cannot_tell_one_runtime_from_another() =>
        MustNotName(
            Program + "Gateway/",
            "Gantry.Runtimes.Process",
            "ProcessRuntime",
            "ProcessSpec",
            "ProcessId",
            "Gantry.Cli",
            "Gantry.Admin"
        );

    [Fact]
    public void Only_planning_and_reconciling_make_steps() =>
        Nothing.In(
            from source in Repository.Product
            where !source.IsIn(Core + "Planning/") && !source.IsIn(Core + "Reconcile/")
            from creation in source.All<ObjectCreationExpressionSyntax>()
            where creation.Type.ToString().StartsWith("Step.", StringComparison.Ordinal)
            select source.At(creation),
            "Plan it: nobody but the loop starts or stops anything."
        );

    [Fact]
    public void Nobody_but_the_loop_starts_or_stops_an_instance() =>
        Nothing.In(
            from source in Repository.Product
            where !source.IsIn(Core + "Reconcile/") && !source.IsIn(Runtimes)
            from call in source.All<InvocationExpressionSyntax>()
            let access = call.Expression as MemberAccessExpressionSyntax
            where access is not null && s_steps.Contains(access.Name.Identifier.ValueText)
            where
                access.Expression.ToString().Contains("runtime", StringComparison.OrdinalIgnoreCase)
            select source.At(call),
            "Apply a configuration or an intent, and let the loop act."
        );

    // A project's whole point is a dependency that it keeps out, so names are compared as written:
    // in using lines, in qualified names, and as bare type names.
    private static void MustNotName(string folder, params string[] names) =>
        Nothing.In(
            from source in Repository.Product
            where source.IsIn(folder)
            from name in names
            where Names(source, name)
            select $"{source.Path} names {name}",
            $"{folder} must not know these."
        );

    private static bool Names(SourceFile source, string name) =>
        name.Contains('.', StringComparison.Ordinal)
            ? source.QualifiedNames().Any(used => Regex.IsMatch(used, $"^{Regex.Escape(name)}\\b"))
            : source
                .All<SimpleNameSyntax>()
                .Any(used => used.Identifier.ValueText == name && IsTypeOrOwner(used));

    // Not the member in `spec.File`, and not the property in an initialiser.
    private static bool IsTypeOrOwner(SimpleNameSyntax name) =>
        name.Parent switch
        {
            MemberAccessExpressionSyntax access => access.Expression == name,
            AssignmentExpressionSyntax assignment => assignment.Left != name,
            NameColonSyntax or NameEqualsSyntax or MemberBindingExpressionSyntax => false,
            _ => true,
        };

    private static IEnumerable<string> Items(string project, string item) =>
        XDocument
            .Parse(Repository.File($"src/{project}/{project}.csproj").Text)
            .Descendants(item)
            .Select(element => element.Attribute("Include")?.Value ?? "");
}
