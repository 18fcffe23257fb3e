using System.Text.Json.Nodes;
using Gantry.Config;
using Gantry.Config.Formats;
using Xunit;

namespace Gantry.Tests.Config;

public sealed class SchemaTests
{
    [Fact]
    public void The_checked_in_schema_is_the_generated_one() =>
        Assert.Equal(
            ConfigSchema.Generate(),
            File.ReadAllText(Repository.Path("docs/schema/gantry.schema.json"))
        );

    [Fact]
    public void The_schema_knows_every_key_that_this_version_reads()
    {
        var server = JsonNode.Parse(ConfigSchema.Generate())?["$defs"]?["server"]?["properties"];

        var known = Assert.IsType<JsonObject>(server).Select(property => property.Key);

        Assert.Equal(
            OwnKeys.Server.Keys.Where(key => key.Missing is null).Select(key => key.Name),
            known
        );
    }

    [Fact]
    public void Every_key_is_described_in_a_sentence() =>
        Assert.All(
            OwnKeys.Server.Keys.Concat(OwnKeys.Document.Keys).Where(key => key.Missing is null),
            key => Assert.EndsWith(".", key.Description)
        );
}
