import type { Namespace } from "./app_setup.ts";

/** The channels of a product that is built on channels: each has the name of a product's object, such as a room, and a suffix. */
export interface ChannelKind {
  /** The end of the channel names, such as `::$chat`. */
  readonly suffix: `::$${string}`;
  /** The features that these channels have in every namespace. */
  readonly features: Omit<Namespace, "id">;
  /** The beginning of the claims about a user; the channel name without its suffix, or a pattern of such names, follows. */
  readonly claims: string;
}

/** The kind of a channel, if it has one. */
export function kindOf(kinds: readonly ChannelKind[], channel: string): ChannelKind | undefined {
  return kinds.find(({ suffix }) => channel.endsWith(suffix) && channel !== suffix);
}
