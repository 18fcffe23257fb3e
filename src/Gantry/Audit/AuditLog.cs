using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Threading.Channels;

namespace Gantry.Audit;

/// <summary>
/// Who called what, and how it ended: one JSON object per line, in files that are only appended
/// to. A call never waits for the disk: entries are gathered and written a moment later.
/// </summary>
/// <param name="files">Null to keep no audit log at all.</param>
internal sealed partial class AuditLog(
    AuditFiles? files,
    TimeProvider time,
    ILogger<AuditLog> logger
) : BackgroundService
{
    /// <summary>How much may wait for a slow disk; beyond it entries are lost, and counted.</summary>
    public const int MaxWaitingBytes = 8 * 1024 * 1024;

    /// <summary>A smaller one grows again and again.</summary>
    private const int FirstSize = 64 * 1024;

    /// <summary>How long entries are gathered before they are written together.</summary>
    private static readonly TimeSpan s_gathering = TimeSpan.FromMilliseconds(200);

    private static readonly JsonWriterOptions s_format = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    private readonly Lock _lock = new();
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite }
    );
    private ArrayBufferWriter<byte> _filling = new(FirstSize);
    private ArrayBufferWriter<byte> _writing = new(FirstSize);
    private Utf8JsonWriter? _json;
    private long _lost;
    private bool _isFailing;

    public bool IsOn => files is not null;

    /// <summary>How many entries found no room, since the start.</summary>
    public long Lost => Interlocked.Read(ref _lost);

    public void Append(in AuditEntry entry)
    {
        if (files is null)
        {
            return;
        }

        bool isFirst;
        lock (_lock)
        {
            if (_filling.WrittenCount >= MaxWaitingBytes)
            {
                Interlocked.Increment(ref _lost);
                return;
            }

            isFirst = _filling.WrittenCount == 0;
            Write(entry);
        }

        if (isFirst)
        {
            _wake.Writer.TryWrite(true);
        }
    }

    /// <summary>Writes what has gathered.</summary>
    public async Task FlushAsync()
    {
        if (files is null)
        {
            return;
        }

        if (_writing.WrittenCount == 0)
        {
            Swap();
        }

        try
        {
            await files.AppendAsync(_writing.WrittenMemory);
            _writing.ResetWrittenCount();
            NoteSuccess(files);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            NoteFailure(files, exception.Message);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (await _wake.Reader.WaitToReadAsync(stoppingToken))
            {
                _wake.Reader.TryRead(out _);
                await Task.Delay(s_gathering, time, stoppingToken);
                await FlushAsync();
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            await FlushAsync();
        }
        finally
        {
            files?.Dispose();
        }
    }

    private void Swap()
    {
        lock (_lock)
        {
            (_filling, _writing) = (_writing, _filling);
            _json = null;
        }
    }

    private void NoteSuccess(AuditFiles to)
    {
        if (_isFailing)
        {
            _isFailing = false;
            LogWritable(to.Current, Lost);
        }
    }

    // What could not be written is tried again; what comes meanwhile waits, up to the bound.
    private void NoteFailure(AuditFiles to, string why)
    {
        if (!_isFailing)
        {
            _isFailing = true;
            LogUnwritable(to.Current, why);
        }

        _wake.Writer.TryWrite(true);
    }

    private void Write(in AuditEntry entry)
    {
        var json = _json ??= new(_filling, s_format);
        json.WriteStartObject();
        json.WriteString("at"u8, entry.At);
        json.WriteString("event"u8, "call"u8);
        if (entry.Principal is not null)
        {
            json.WriteString("principal"u8, entry.Principal);
        }

        json.WriteString("session"u8, entry.Session);
        json.WriteString("server"u8, entry.Server);
        json.WritePropertyName("method"u8);
        json.WriteRawValue(entry.Method, skipInputValidation: true);
        if (!entry.Name.IsEmpty)
        {
            json.WritePropertyName("name"u8);
            json.WriteRawValue(entry.Name, skipInputValidation: true);
        }

        json.WriteString("outcome"u8, entry.Outcome);
        json.WriteNumber("ms"u8, Math.Round(entry.Duration.TotalMilliseconds, 3));
        json.WriteNumber("request_bytes"u8, entry.RequestSize);
        json.WriteNumber("answer_bytes"u8, entry.AnswerSize);
        json.WriteEndObject();
        json.Flush();
        json.Reset();
        _filling.Write("\n"u8);
    }

    [LoggerMessage(
        LogLevel.Error,
        "Cannot write the audit log {File}: {Why} Trying again; calls go on."
    )]
    private partial void LogUnwritable(string file, string why);

    [LoggerMessage(
        LogLevel.Warning,
        "The audit log {File} can be written again; {Lost} entries were lost so far"
    )]
    private partial void LogWritable(string file, long lost);
}
