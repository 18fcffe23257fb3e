namespace Gantry.Runtimes.Stdio;

/// <summary>
/// Finds the id of a message that is too long to be kept, while its bytes pass by: the member
/// <c>id</c> of the outermost object, wherever it stands.
/// </summary>
internal sealed class IdFinder
{
    private const int MaxId = 64;

    private readonly byte[] _token = new byte[MaxId];
    private int _length;
    private int _depth;
    private bool _isInString;
    private bool _isEscaped;
    private bool _isKey;
    private bool _isId;

    /// <summary>As JSON text; empty while it was not found.</summary>
    public byte[] Id { get; private set; } = [];

    public void Feed(ReadOnlySpan<byte> part)
    {
        foreach (var one in part)
        {
            if (_isInString)
            {
                TakeInString(one);
            }
            else
            {
                Take(one);
            }
        }
    }

    public void Reset()
    {
        (_length, _depth) = (0, 0);
        (_isInString, _isEscaped, _isKey, _isId) = (false, false, false, false);
        Id = [];
    }

    private void TakeInString(byte one)
    {
        Keep(one);
        if (_isEscaped)
        {
            _isEscaped = false;
        }
        else if (one is (byte)'\\')
        {
            _isEscaped = true;
        }
        else
        {
            _isInString = one is not (byte)'"';
        }
    }

    private void Take(byte one)
    {
        switch (one)
        {
            case (byte)'"':
                _isInString = true;
                Keep(one);
                break;
            case (byte)'{' or (byte)'[':
                _depth++;
                Begin(isKey: _depth == 1);
                break;
            case (byte)'}' or (byte)']':
                EndValue();
                _depth--;
                break;
            case (byte)',':
                EndValue();
                Begin(isKey: _depth == 1);
                break;
            case (byte)':':
                EndKey();
                break;
            case > (byte)' ':
                Keep(one);
                break;
        }
    }

    private void Keep(byte one)
    {
        if (_depth == 1 && (_isKey || _isId) && _length < MaxId)
        {
            _token[_length++] = one;
        }
    }

    private void Begin(bool isKey)
    {
        _length = 0;
        _isKey = isKey;
    }

    private void EndKey()
    {
        if (_depth == 1 && _isKey)
        {
            _isId = _token.AsSpan(0, _length).SequenceEqual("\"id\""u8);
            Begin(isKey: false);
        }
    }

    private void EndValue()
    {
        if (_depth == 1 && _isId)
        {
            Id = _token.AsSpan(0, _length).ToArray();
            _isId = false;
        }
    }
}
