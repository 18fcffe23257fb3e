using Gantry.Config;
using Gantry.Runtimes;

namespace Gantry.Gateway.Listening;

/// <summary>What servers say to nobody in particular goes to their logs.</summary>
internal sealed class MessageLog(ServerLogs logs, TimeProvider time)
{
    public void Append(ServerName server, InstanceId instance, string text) =>
        logs.Append(server, new(time.GetUtcNow(), instance, LogSource.Message, text));
}
