namespace Gantry.Config.Tree;

/// <summary>
/// Takes the comments out of JSON: YAML reads <c>//</c> as the beginning of a key, without an
/// error. What goes becomes spaces, so that every place stays what it was.
/// </summary>
internal ref struct JsonComments
{
    private readonly Span<char> _text;
    private int _at;

    private JsonComments(Span<char> text) => _text = text;

    /// <summary>The same text without comments, when it is JSON; else the text as it is.</summary>
    public static string Blank(string text)
    {
        if (!IsJson(text) || !text.Contains('/'))
        {
            return text;
        }

        var copy = text.ToCharArray();
        new JsonComments(copy).Run();
        return new string(copy);
    }

    // A comment may stand before the first brace.
    private static bool IsJson(string text)
    {
        var start = text.AsSpan().TrimStart();
        return start is ['{' or '[', ..] or ['/', '/' or '*', ..];
    }

    private void Run()
    {
        while (_at < _text.Length)
        {
            if (_text[_at] is '"' or '\'' && StartsToken())
            {
                SkipQuoted(_text[_at]);
            }
            else if (_text[_at] is '/' && StartsToken())
            {
                BlankComment();
            }
            else
            {
                _at++;
            }
        }
    }

    // Inside a word neither a slash nor an apostrophe means anything: {url: http://it's}.
    private readonly bool StartsToken() =>
        _at == 0
        || char.IsWhiteSpace(_text[_at - 1])
        || _text[_at - 1] is '{' or '}' or '[' or ']' or ',' or '"'
        || (_text[_at - 1] is ':' && _at > 1 && _text[_at - 2] is '"');

    private void SkipQuoted(char quote)
    {
        for (_at++; _at < _text.Length && _text[_at] != quote; _at++)
        {
            if (_text[_at] is '\\' && quote is '"')
            {
                _at++;
            }
        }

        _at++;
    }

    private void BlankComment()
    {
        var rest = _text[_at..];
        var length = rest switch
        {
            ['/', '/', ..] => Length(rest.IndexOfAny('\r', '\n'), 0, rest.Length),
            ['/', '*', .. var inside] => Length(inside.IndexOf("*/"), 4, rest.Length),
            _ => 0,
        };
        foreach (ref var character in rest[..length])
        {
            character = character is '\r' or '\n' ? character : ' ';
        }

        _at += Math.Max(1, length);
    }

    private static int Length(int found, int marks, int all) => found < 0 ? all : found + marks;
}
