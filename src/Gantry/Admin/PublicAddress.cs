namespace Gantry.Admin;

/// <summary>Where clients reach the gateway; known once the main listener is bound.</summary>
internal sealed class PublicAddress
{
    private string _url = "";

    /// <summary>Without a slash at the end; empty when there is no main listener.</summary>
    public string Url => Volatile.Read(ref _url);

    public void Publish(string url) => Volatile.Write(ref _url, url);
}
