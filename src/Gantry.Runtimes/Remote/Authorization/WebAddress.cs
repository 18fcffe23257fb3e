using System.Net;
using System.Net.Sockets;

namespace Gantry.Runtimes.Remote.Authorization;

/// <summary>Which addresses may take part in an authorization.</summary>
internal static class WebAddress
{
    private const int MaxLength = 2_048;

    /// <summary>An absolute https address, or an http one of this machine, without user name or
    /// fragment; null for any other.</summary>
    public static Uri? TryParse(string? text) =>
        text is { Length: <= MaxLength }
        && Uri.TryCreate(text, UriKind.Absolute, out var address)
        && IsSafe(address)
            ? address
            : null;

    /// <param name="what">Begins the complaint, such as "the token endpoint".</param>
    /// <exception cref="UpstreamRefusedException">It must not be used.</exception>
    public static Uri Parse(string? text, string what) =>
        TryParse(text)
        ?? throw new UpstreamRefusedException(
            $"{what} is not an https:// address (http:// only for this machine), so no credential "
                + "is sent there"
        );

    public static bool IsSafe(Uri address) =>
        (address.Scheme == Uri.UriSchemeHttps || IsPlainButLocal(address))
        && address.UserInfo.Length == 0
        && address.Fragment.Length == 0;

    public static bool SameOrigin(Uri one, Uri other) =>
        Uri.Compare(
            one,
            other,
            UriComponents.SchemeAndServer,
            UriFormat.SafeUnescaped,
            StringComparison.OrdinalIgnoreCase
        ) == 0;

    /// <summary>Whether what is given for one address may be shown to the other: it is the same, or
    /// lies below it.</summary>
    public static bool IsWithin(Uri address, Uri of) =>
        SameOrigin(address, of)
        && (address.AbsolutePath.TrimEnd('/') + "/").StartsWith(
            of.AbsolutePath.TrimEnd('/') + "/",
            StringComparison.Ordinal
        );

    public static string Origin(Uri address) => address.GetLeftPart(UriPartial.Authority);

    /// <summary>Whether it is an address of the whole Internet.</summary>
    public static bool IsPublic(IPAddress address)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return plain.AddressFamily is AddressFamily.InterNetwork
            ? IsPublic(plain.GetAddressBytes())
            : !(
                IPAddress.IsLoopback(plain)
                || plain.IsIPv6LinkLocal
                || plain.IsIPv6SiteLocal
                || plain.IsIPv6UniqueLocal
                || plain.IsIPv6Multicast
                || plain.Equals(IPAddress.IPv6Any)
            );
    }

    private static bool IsPublic(byte[] v4) =>
        v4 switch
        {
            [0 or 10 or 127, ..] => false,
            [100, >= 64 and < 128, ..] => false,
            [169, 254, ..] => false,
            [172, >= 16 and < 32, ..] => false,
            [192, 168, ..] => false,
            [192, 0, 0, _] => false,
            [198, 18 or 19, ..] => false,
            [>= 224, ..] => false,
            _ => true,
        };

    private static bool IsPlainButLocal(Uri address) =>
        address.Scheme == Uri.UriSchemeHttp && address.IsLoopback;
}
