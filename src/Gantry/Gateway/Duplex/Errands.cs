namespace Gantry.Gateway.Duplex;

/// <summary>What is under way for one client, so that somebody waits for its end.</summary>
internal sealed class Errands
{
    private const int FewEnough = 16;

    private readonly Lock _lock = new();
    private readonly List<Task> _tasks = [];
    private int _sweepAt = FewEnough;

    public void Add(Task task)
    {
        if (task.IsCompletedSuccessfully)
        {
            return;
        }

        lock (_lock)
        {
            _tasks.Add(task);
            if (_tasks.Count > _sweepAt)
            {
                _tasks.RemoveAll(one => one.IsCompletedSuccessfully);
                _sweepAt = Math.Max(FewEnough, _tasks.Count * 2);
            }
        }
    }

    /// <summary>Also of those that others of them begin meanwhile.</summary>
    public async Task WhenAllAsync()
    {
        while (Open() is { Length: > 0 } open)
        {
            await Task.WhenAll(open);
        }
    }

    private Task[] Open()
    {
        lock (_lock)
        {
            return [.. _tasks.Where(task => !task.IsCompletedSuccessfully)];
        }
    }
}
