namespace Gantry.Gateway.Calls;

/// <summary>A session's requests that are not answered yet, newest last.</summary>
// A linked list through the exchanges themselves: no allocation per call.
internal sealed class CallsInFlight(int limit)
{
    private readonly Lock _lock = new();
    private Exchange? _newest;
    private int _count;

    public int Count => Volatile.Read(ref _count);

    public bool TryAdd(Exchange exchange)
    {
        lock (_lock)
        {
            if (_count >= limit)
            {
                return false;
            }

            exchange.Older = _newest;
            _newest?.Newer = exchange;
            _newest = exchange;
            _count++;
            return true;
        }
    }

    public void Remove(Exchange exchange)
    {
        lock (_lock)
        {
            if (ReferenceEquals(_newest, exchange))
            {
                _newest = exchange.Older;
            }

            exchange.Newer?.Older = exchange.Older;
            exchange.Older?.Newer = exchange.Newer;
            _count--;
        }
    }

    /// <summary>The newest with this id, given as JSON text.</summary>
    public Exchange? Find(ReadOnlySpan<byte> id)
    {
        lock (_lock)
        {
            var exchange = _newest;
            while (exchange is not null && !exchange.Request[exchange.Request.Id].SequenceEqual(id))
            {
                exchange = exchange.Older;
            }

            return exchange;
        }
    }

    /// <summary>The newest whose stream can carry more than its response.</summary>
    public Exchange? NewestStream()
    {
        lock (_lock)
        {
            var exchange = _newest;
            while (exchange is not null && !exchange.CanStream)
            {
                exchange = exchange.Older;
            }

            return exchange;
        }
    }

    /// <summary>All of them at this moment.</summary>
    public List<Exchange> Copy()
    {
        lock (_lock)
        {
            var all = new List<Exchange>(_count);
            for (var exchange = _newest; exchange is not null; exchange = exchange.Older)
            {
                all.Add(exchange);
            }

            return all;
        }
    }
}
