using System.Collections.Immutable;
using System.Diagnostics;
using Gantry.Gateway.Aggregate.Names;
using Gantry.Gateway.Messages;
using Gantry.Wire;

namespace Gantry.Gateway.Aggregate.Lists;

/// <summary>The lists that a server offers.</summary>
internal enum ListKind
{
    Tools,
    Prompts,
    Resources,
    Templates,
}

internal static class ListKinds
{
    public static ImmutableArray<ListKind> All { get; } = [.. Enum.GetValues<ListKind>()];

    /// <summary>Which list a request asks for; null when it asks for none.</summary>
    public static ListKind? Of(Frame request)
    {
        foreach (var kind in All)
        {
            if (request.IsMethod(kind.Method()))
            {
                return kind;
            }
        }

        return null;
    }

    extension(ListKind kind)
    {
        public ReadOnlySpan<byte> Method() =>
            kind switch
            {
                ListKind.Tools => "tools/list"u8,
                ListKind.Prompts => "prompts/list"u8,
                ListKind.Resources => "resources/list"u8,
                ListKind.Templates => "resources/templates/list"u8,
                _ => throw new UnreachableException(),
            };

        /// <summary>What the result calls the list.</summary>
        public ReadOnlySpan<byte> Member() =>
            kind switch
            {
                ListKind.Tools => "tools"u8,
                ListKind.Prompts => "prompts"u8,
                ListKind.Resources => "resources"u8,
                ListKind.Templates => "resourceTemplates"u8,
                _ => throw new UnreachableException(),
            };

        /// <summary>What a server says in its handshake when it has such a list.</summary>
        public ReadOnlySpan<byte> Capability() =>
            kind is ListKind.Templates ? "resources"u8 : kind.Member();

        /// <summary>How it is told that the list is not what it was.</summary>
        public ReadOnlySpan<byte> Change() =>
            kind switch
            {
                ListKind.Tools => "notifications/tools/list_changed"u8,
                ListKind.Prompts => "notifications/prompts/list_changed"u8,
                _ => "notifications/resources/list_changed"u8,
            };

        /// <summary>What an entry is, for whoever looks for names in it.</summary>
        public Part Part() =>
            kind switch
            {
                ListKind.Tools => Names.Part.Tool,
                ListKind.Prompts => Names.Part.Prompt,
                ListKind.Resources => Names.Part.Resource,
                ListKind.Templates => Names.Part.Template,
                _ => throw new UnreachableException(),
            };

        /// <summary>Whether a server that said this of itself has such a list.</summary>
        public bool IsOffered(Handshake handshake)
        {
            var all = FrameText.Member(handshake.Result.Span, "capabilities"u8);
            return !FrameText.Member(all, kind.Capability()).IsEmpty;
        }

        /// <summary>Whether it said that it tells when the list changes.</summary>
        public bool IsAnnounced(Handshake handshake)
        {
            var all = FrameText.Member(handshake.Result.Span, "capabilities"u8);
            var its = FrameText.Member(all, kind.Capability());
            return FrameText.Member(its, "listChanged"u8).SequenceEqual("true"u8);
        }
    }
}
