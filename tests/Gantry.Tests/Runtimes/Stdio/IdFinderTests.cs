using System.Text;
using Xunit;

namespace Gantry.Runtimes.Stdio;

public sealed class IdFinderTests
{
    [Theory]
    [InlineData("""{"jsonrpc":"2.0","id":42,"result":{}}""", "42")]
    [InlineData("""{"result":{"id":1,"x":[{"id":2}]}, "id" : 42 , "z":"id"}""", "42")]
    [InlineData("""{"result":"\"id\":7,","id":"a\"b","jsonrpc":"2.0"}""", "\"a\\\"b\"")]
    [InlineData("""{"a":["id",3],"b":"}","id":9}""", "9")]
    [InlineData("""{"method":"x","params":{"id":1}}""", "")]
    public void The_id_is_found_wherever_it_stands_and_however_it_is_cut(string line, string id)
    {
        var utf8 = Encoding.UTF8.GetBytes(line);
        for (var cut = 0; cut <= utf8.Length; cut++)
        {
            var finder = new IdFinder();
            finder.Feed(utf8.AsSpan(0, cut));
            finder.Feed(utf8.AsSpan(cut));

            Assert.Equal(id, Encoding.UTF8.GetString(finder.Id));
        }
    }
}
