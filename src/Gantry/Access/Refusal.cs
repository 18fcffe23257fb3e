namespace Gantry.Access;

/// <summary>Why somebody is not let in, or not now.</summary>
internal sealed record Refusal(int Status, string Title, string Detail)
{
    /// <summary>For the WWW-Authenticate header; null when other credentials would not help.
    /// </summary>
    public string? Challenge { get; init; }

    public TimeSpan? RetryAfter { get; init; }

    public static Refusal OfHost { get; } =
        new(
            StatusCodes.Status403Forbidden,
            "Host not allowed",
            "Forbidden: Gantry is not served under this Host. Use localhost or an IP address, or "
                + "add the name to gateway.allowed_hosts."
        );

    public static Refusal OfOrigin { get; } =
        new(
            StatusCodes.Status403Forbidden,
            "Origin not allowed",
            "Forbidden: pages of this Origin may not use Gantry. Listed in gateway.cors.origins "
                + "they may."
        );

    public static Refusal Locked(TimeSpan left) =>
        new(
            StatusCodes.Status429TooManyRequests,
            "Too many failed attempts",
            "Too many attempts with wrong credentials. Try again later."
        )
        {
            RetryAfter = left,
        };

    public static Refusal Over(Excess excess) =>
        new(
            StatusCodes.Status429TooManyRequests,
            "Too many requests",
            $"Too many requests: over the {excess.Limit}. Try again in {Seconds(excess.RetryAfter)} s."
        )
        {
            RetryAfter = excess.RetryAfter,
        };

    public static Refusal OfRole(Role needed) =>
        new(
            StatusCodes.Status403Forbidden,
            "Not permitted",
            $"Forbidden: this takes the role '{needed.Word()}'."
        );

    /// <summary>Sets status and headers; the body is for whoever answers.</summary>
    public void Apply(HttpResponse response)
    {
        response.StatusCode = Status;
        if (Challenge is not null)
        {
            response.Headers.WWWAuthenticate = Challenge;
        }

        if (RetryAfter is { } wait)
        {
            response.Headers.RetryAfter = Seconds(wait)
                .ToString(System.Globalization.CultureInfo.InvariantCulture);
        }
    }

    // Whole seconds, and never so few that it would still be too early.
    private static long Seconds(TimeSpan wait) =>
        Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds));
}
