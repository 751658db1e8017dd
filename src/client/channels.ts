import type { ChannelOptions } from "./channel_options.ts";

/**
 * The interface that both clients' collections of channels share (RSN1, RTS1), for code that takes either.
 *
 * @typeParam Channel The channels.
 */
export interface Channels<Channel> extends Iterable<Channel> {
  /** The channels that exist, by name. */
  readonly all: Record<string, Channel>;
  /**
   * Gets a channel; makes it if it does not exist (RSN3a, RTS3a).
   *
   * @param name The name of the channel.
   * @param options The options of the channel.
   * @throws {ErrorInfo} 40010 if the name is empty, 40000 or 40003 if the options cannot be used.
   */
  get(name: string, options?: ChannelOptions | null): Channel;
  /** Whether a channel exists (RSN2, RTS2). */
  exists(name: string): boolean;
  /** Releases a channel; a realtime client detaches it first, and returns a promise (RSN4, RTS4). */
  release(name: string): void;
}
