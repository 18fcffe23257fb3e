using System.Collections.Immutable;
using System.Security.Cryptography;
using Gantry.Access;
using Gantry.Config.Keys;
using Gantry.Config.Problems;
using Gantry.Config.Tree;
using Gantry.Config.Variables;

namespace Gantry.Config.Formats;

/// <summary>Reads <c>gateway.replicas</c>. When something in it will not do, no secret is left:
/// half a company would lose sessions without a word.</summary>
internal sealed class ReplicaReader(Expander expander, string directory, Report report)
{
    private const int ShortestSecret = 32;

    private bool _isBroken;

    /// <param name="block">Null when it could not be read.</param>
    /// <param name="listen">Where the file says that this one listens.</param>
    public ReplicaSettings Read(Node.Mapping? block, string? listen)
    {
        var otherwise = new ReplicaSettings();
        if (block is null)
        {
            return otherwise;
        }

        var fields = new Fields(block, ReplicaKeys.Table, report);
        var secrets = ReadSecrets(fields);
        var url = ReadUrl(fields);
        var authorities = ReadAuthorities(fields);
        if (!fields.Has(ReplicaKeys.Url) && listen is not null && !IsReachable($"http://{listen}"))
        {
            Refuse(block.Place, ReplicaFaults.NoUrl(listen));
        }

        return otherwise with
        {
            Secrets = _isBroken ? [] : secrets,
            Url = url,
            CaFile = authorities,
            ConnectTimeout = fields.Get(ReplicaKeys.ConnectTimeout, otherwise.ConnectTimeout),
            AnswerTimeout = fields.Get(ReplicaKeys.AnswerTimeout, otherwise.AnswerTimeout),
        };
    }

    private ImmutableArray<Expandable> ReadSecrets(Fields fields)
    {
        var written = fields.Get(ReplicaKeys.Secret, []);
        if (written.IsEmpty)
        {
            Refuse(fields.Place, ReplicaFaults.NoSecret);
        }

        return [.. written.Select(ReadSecret).OfType<Expandable>()];
    }

    private Expandable? ReadSecret(Placed<string> written)
    {
        if (expander.Expand(written) is not { } secret)
        {
            _isBroken = true;
            return null;
        }

        if (secret.Value.Length < ShortestSecret)
        {
            Refuse(written.Place, ReplicaFaults.ShortSecret(ShortestSecret));
        }
        else if (!secret.HasVariables)
        {
            report.Add(written.Place, ReplicaFaults.OpenSecret);
        }

        return secret;
    }

    private Uri? ReadUrl(Fields fields)
    {
        if (fields.Get(ReplicaKeys.Url, null) is not { } written)
        {
            return null;
        }

        if (expander.Expand(written) is not { } text)
        {
            _isBroken = true;
            return null;
        }

        if (
            IsReachable(text.Value)
            && WebUrl.Parse(text.Value) is { AbsolutePath: "/", Port: > 0 } url
        )
        {
            return url;
        }

        Refuse(written.Place, ReplicaFaults.BadUrl(text.Written));
        return null;
    }

    private string? ReadAuthorities(Fields fields)
    {
        if (fields.Get(ReplicaKeys.CaFile, null) is not { } written)
        {
            return null;
        }

        if (expander.Expand(written) is not { } text)
        {
            _isBroken = true;
            return null;
        }

        var file = Path.GetFullPath(text.Value, directory);
        if (Judge(file) is { } fault)
        {
            Refuse(written.Place, fault);
        }

        return file;
    }

    // Here and not when the first request is passed on: that would be answered as if the other
    // replica were gone.
    private static Fault? Judge(string file)
    {
        try
        {
            Authorities.Trusting(file);
            return null;
        }
        catch (Exception exception)
            when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return ReplicaFaults.NoCaFile(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return ReplicaFaults.UnreadableCaFile(file, exception.Message);
        }
        catch (CryptographicException)
        {
            return ReplicaFaults.EmptyCaFile(file);
        }
    }

    private static bool IsReachable(string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var parsed) && ReplicaSettings.IsReachable(parsed);

    private void Refuse(Place place, Fault fault)
    {
        _isBroken = true;
        report.Add(place, fault);
    }
}
