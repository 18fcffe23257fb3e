using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Gantry.Gateway.Messages;
using Gantry.Wire;

namespace Gantry.Gateway.Eras;

/// <summary>The error codes of the protocol, and what they are called in the other era.</summary>
internal static class Errors
{
    public const int HeaderMismatch = -32020;
    public const int MissingClientCapability = -32021;
    public const int UnsupportedProtocolVersion = -32022;

    private const int UrlElicitationRequired = -32042;

    /// <summary>Writes codes that were given up as those that took their place.</summary>
    public static void Translate(Frame error)
    {
        var was = Code(error);
        var code =
            was == Dialect.NewestWithSessions.ResourceNotFound
                ? Dialect.NewestWithoutSessions.ResourceNotFound
            : was is UrlElicitationRequired ? RpcText.InvalidRequest
            : was;
        if (code != was && CodeSlot(error) is { IsEmpty: false } slot)
        {
            var text = code.GetValueOrDefault().ToString(CultureInfo.InvariantCulture);
            error.Splice(slot, Encoding.ASCII.GetBytes(text));
        }
    }

    /// <summary>The code of an error, when it is a whole number.</summary>
    public static int? Code(Frame error) => Number(error[CodeSlot(error)]);

    public static int? Number(ReadOnlySpan<byte> json) =>
        Utf8Parser.TryParse(json, out int code, out var length) && length == json.Length
            ? code
            : null;

    private static Slot CodeSlot(Frame error)
    {
        var member = FrameText.Member(error[error.Body], "code"u8);
        return error.Utf8.Span.Overlaps(member, out var start)
            ? new(start, member.Length)
            : default;
    }
}
