namespace Gantry.Daemon;

/// <summary>The daemon's own log: a line per event on the standard error.</summary>
// Of the reconciler only what is wrong: what it does is told by the event feed already.
/// <param name="least">What is below it is left out.</param>
internal sealed class LineLogger(TextWriter output, LogLevel least, TimeProvider time)
    : ILoggerProvider
{
    private readonly Lock _lock = new();

    public ILogger CreateLogger(string categoryName) => new Category(this, Least(categoryName));

    public void Dispose() { }

    // That it cannot start is for the operator to read in plain words, not for a log.
    private LogLevel Least(string category) =>
        category.StartsWith("Microsoft.Extensions.Hosting.", StringComparison.Ordinal)
            ? LogLevel.Critical
        // Whoever listens there, at whatever level, makes the web server keep an Activity for each
        // request; what it would say is said elsewhere.
        : category is "Microsoft.AspNetCore.Hosting.Diagnostics" ? LogLevel.None
        : category.StartsWith("Microsoft.", StringComparison.Ordinal)
        || category.StartsWith("Gantry.Reconcile.", StringComparison.Ordinal)
            ? LogLevel.Warning
        : least;

    private void Write(LogLevel level, string message, Exception? exception)
    {
        var clock = TimeZoneInfo.ConvertTime(time.GetUtcNow(), time.LocalTimeZone);
        var word = level switch
        {
            LogLevel.Warning => "warning: ",
            LogLevel.Error or LogLevel.Critical => "error: ",
            _ => "",
        };
        lock (_lock)
        {
            output.WriteLine($"{clock:HH:mm:ss} {word}{message}");
            if (exception is not null)
            {
                output.WriteLine(exception);
            }
        }
    }

    private sealed class Category(LineLogger log, LogLevel least) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= least && logLevel < LogLevel.None;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        )
        {
            if (IsEnabled(logLevel))
            {
                log.Write(logLevel, formatter(state, exception), exception);
            }
        }
    }
}
