using Gantry.Config;

namespace Gantry.Admin;

/// <summary>Where clients reach the gateway: what the configuration says, or else the main listener
/// once it is bound.</summary>
internal sealed class PublicAddress
{
    private string _url = "";

    /// <summary>Without a slash at the end; empty when nothing says it.</summary>
    public string For(GatewaySettings settings) =>
        settings.PublicUrl?.AbsoluteUri.TrimEnd('/') ?? Url;

    /// <summary>The main listener's, without a slash at the end; empty when there is none.</summary>
    public string Url => Volatile.Read(ref _url);

    public void Publish(string url) => Volatile.Write(ref _url, url);
}
