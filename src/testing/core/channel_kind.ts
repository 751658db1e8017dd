import type { Namespace } from "./app_setup.ts";

/**
 * The channels of a product that is built on channels. Each is named after an object of the product, such as a room, with a
 * suffix.
 */
export interface ChannelKind {
  /** The end of the channel names, such as `::$chat`. */
  readonly suffix: `::$${string}`;
  /** The features that these channels have in every namespace. */
  readonly features: Omit<Namespace, "id">;
  /** The prefix of claims about a user. It is followed by a channel name without its suffix, or a pattern of such names. */
  readonly claims: string;
}

/** The kind of a channel; undefined for ordinary channels. */
export function kindOf(kinds: readonly ChannelKind[], channel: string): ChannelKind | undefined {
  return kinds.find(({ suffix }) => channel.endsWith(suffix) && channel !== suffix);
}
