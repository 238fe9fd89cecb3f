// Channels in the order of their tree.
import type { Channel } from '$lib/api/types';

export interface PlacedChannel {
  channel: Channel;
  depth: number;
}

export function placed(
  channels: Channel[],
  parent: number | null = null,
  depth = 0,
): PlacedChannel[] {
  return channels
    .filter((channel) => channel.parent_id === parent)
    .sort((a, b) => a.position - b.position || a.id - b.id)
    .flatMap((channel) => [{ channel, depth }, ...placed(channels, channel.id, depth + 1)]);
}

/** Those at the top of the tree. */
export function topOf(channels: Channel[]): Channel[] {
  return channels.filter((channel) => channel.parent_id === null);
}

/** Channels as choices, indented by level. */
export function channelOptions(channels: Channel[]): { value: string; label: string }[] {
  return placed(channels).map(({ channel, depth }) => ({
    value: String(channel.id),
    label: `${'\u2003'.repeat(depth)}${channel.name}`,
  }));
}
