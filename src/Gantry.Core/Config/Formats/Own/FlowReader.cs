using System.Collections.Immutable;
using Gantry.Config.Keys;
using Gantry.Config.Problems;
using Gantry.Flow;

namespace Gantry.Config.Formats;

/// <summary>Reads how calls and results of one server flow.</summary>
internal sealed class FlowReader(Report report)
{
    private static readonly ImmutableArray<string> s_patterns =
    [
        .. SecretPattern.Named.Select(pattern => pattern.Name),
        SecretPattern.Configured,
    ];

    public FlowPolicy Read(Fields fields)
    {
        var otherwise = new FlowPolicy();
        if (!fields.Has(FlowKeys.MaxConcurrency))
        {
            Refuse(fields, FlowFaults.NeedsConcurrency, FlowKeys.MaxQueue, FlowKeys.QueueTimeout);
        }

        return otherwise with
        {
            MaxConcurrency = fields.Has(FlowKeys.MaxConcurrency)
                ? (int)fields.Get(FlowKeys.MaxConcurrency, 1)
                : null,
            MaxQueue = (int)fields.Get(FlowKeys.MaxQueue, otherwise.MaxQueue),
            QueueTimeout = fields.Get(FlowKeys.QueueTimeout, otherwise.QueueTimeout),
            Results = ReadResults(fields),
            Cache = ReadCache(fields),
        };
    }

    private ResultPolicy? ReadResults(Fields server)
    {
        if (server.Get(FlowKeys.Results, null) is not { } block)
        {
            return null;
        }

        var fields = new Fields(block, FlowKeys.ResultBlock, report);
        if (!fields.Has(FlowKeys.MaxSize))
        {
            Refuse(fields, FlowFaults.ExcessWithoutSize, FlowKeys.OnExcess);
        }

        var redact = fields.Get(FlowKeys.Redact, []);
        foreach (var pattern in redact)
        {
            Judge(pattern);
        }

        return new()
        {
            MaxSize = fields.Has(FlowKeys.MaxSize) ? fields.Get(FlowKeys.MaxSize, 1) : null,
            OnExcess = fields.Get(FlowKeys.OnExcess, Excess.Truncate),
            Redact = [.. redact.Select(pattern => pattern.Value)],
        };
    }

    private CachePolicy? ReadCache(Fields server)
    {
        if (server.Get(FlowKeys.Cache, null) is not { } block)
        {
            return null;
        }

        var fields = new Fields(block, FlowKeys.CacheBlock, report);
        if (!fields.Has(FlowKeys.Tools))
        {
            Refuse(fields, static _ => FlowFaults.TtlWithoutTools, FlowKeys.Ttl);
        }

        return new()
        {
            Ttl = fields.Get(FlowKeys.Ttl, new CachePolicy().Ttl),
            Tools = [.. fields.Get(FlowKeys.Tools, []).Select(tool => tool.Value)],
        };
    }

    private void Judge(Placed<string> pattern)
    {
        if (pattern.Value is not ['/', .. var form, '/'])
        {
            if (!s_patterns.Contains(pattern.Value))
            {
                var nearest = Nearest.To(pattern.Value, s_patterns);
                var fault = FlowFaults.UnknownPattern(pattern.Value, s_patterns, nearest);
                report.Add(pattern.Place, fault);
            }

            return;
        }

        try
        {
            SecretPattern.Parse(form);
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
        {
            report.Add(pattern.Place, FlowFaults.BadPattern(exception.Message));
        }
    }

    private void Refuse(Fields fields, Func<string, Fault> fault, params ReadOnlySpan<Key> keys)
    {
        foreach (var key in keys)
        {
            if (fields.Has(key))
            {
                report.Add(fields.PlaceOf(key), fault(key.Name));
            }
        }
    }
}
