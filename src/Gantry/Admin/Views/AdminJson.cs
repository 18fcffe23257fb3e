using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gantry.Admin.Views;

/// <summary>Everything that crosses the admin API, on both of its sides.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(IReadOnlyList<ServerView>))]
[JsonSerializable(typeof(IReadOnlyList<InstanceView>))]
[JsonSerializable(typeof(IReadOnlyList<DiagnosticView>))]
[JsonSerializable(typeof(PlanView))]
[JsonSerializable(typeof(PlanRequest))]
[JsonSerializable(typeof(EventView))]
[JsonSerializable(typeof(LogView))]
[JsonSerializable(typeof(ConfigView))]
[JsonSerializable(typeof(IReadOnlyList<LoginView>))]
[JsonSerializable(typeof(LoginStepView))]
[JsonSerializable(typeof(Problem))]
[JsonSerializable(typeof(HealthView))]
[JsonSerializable(typeof(IReadOnlyList<KeyView>))]
[JsonSerializable(typeof(KeyView))]
[JsonSerializable(typeof(NewKeyView))]
[JsonSerializable(typeof(KeyRequest))]
internal sealed partial class AdminJson : JsonSerializerContext
{
    // Made on first use: the generated Default is not there yet when this type is initialised.
    /// <summary>One line each, for the wire.</summary>
    public static AdminJson Wire => field ??= new(Formatted(indented: false));

    /// <summary>For people and for files.</summary>
    public static AdminJson Indented => field ??= new(Formatted(indented: true));

    // The relaxed encoder leaves < > & ' as they are: none of this is ever put into a page.
    private static JsonSerializerOptions Formatted(bool indented) =>
        new(Default.Options)
        {
            WriteIndented = indented,
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        };
}
