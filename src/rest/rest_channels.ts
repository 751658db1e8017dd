import type { EventMap } from "../messages/events.ts";
import { checkChannelName } from "./arguments.ts";
import {
  type ChannelDetails,
  listChannelDetails,
  listChannelNames,
  type ListChannelsParams,
} from "./channel_details.ts";
import type { ChannelOptions } from "./channel_options.ts";
import { RestChannelState } from "./channel_state.ts";
import type { ClientContext } from "./context.ts";
import type { PaginatedResult } from "./paginated_result.ts";
import { RestChannel } from "./rest_channel.ts";

/** The channels of a client (RSN1). Iterating over it goes through those that exist (RSN2). */
export class RestChannels {
  readonly #context: ClientContext;
  readonly #states: Map<string, RestChannelState>;
  readonly #views = new WeakMap<RestChannelState, RestChannel>();

  /** Made by its client. */
  constructor(context: ClientContext, states: Map<string, RestChannelState>) {
    this.#context = context;
    this.#states = states;
  }

  /** By name, the channels that exist, as `ably` on npm has them. */
  get all(): Record<string, RestChannel> {
    return Object.fromEntries([...this].map((channel) => [channel.name, channel]));
  }

  /**
   * Gets a channel; makes it if there is none of that name (RSN3a). Nothing is sent.
   *
   * @typeParam Events The types of the data by event name.
   * @param name The name of the channel.
   * @param options How it behaves: replaces the options of a channel that exists (RSN3b, RSN3c).
   * @throws {ErrorInfo} 40010 if the name is empty, 40003 if the options are not valid.
   */
  get<Events extends object = EventMap>(
    name: string,
    options?: ChannelOptions | null,
  ): RestChannel<Events> {
    checkChannelName(name);
    const state = this.#states.get(name) ?? new RestChannelState(name, this.#context.random);
    if (options != null) state.setOptions(options);
    this.#states.set(name, state);
    return this.#viewOf(state) as unknown as RestChannel<Events>;
  }

  /** Whether a channel of that name has been made and not released (RSN2). */
  exists(name: string): boolean {
    return this.#states.has(name);
  }

  /** Lets go of a channel, if there is one of that name (RSN4a, RSN4b). */
  release(name: string): void {
    this.#states.delete(name);
  }

  /**
   * Asks the service for the names of the application's active channels: all of them, not only those of this client.
   *
   * @param params Which names, and the signal.
   * @throws {ErrorInfo} 40003 if a parameter is out of its range; or whatever the service answered.
   */
  listNames(params?: ListChannelsParams | null): Promise<PaginatedResult<string>> {
    return listChannelNames(this.#context, params);
  }

  /**
   * Asks the service who uses the application's active channels. Slower than `listNames`, and keeps the channels active.
   *
   * @param params Which channels, and the signal.
   * @throws {ErrorInfo} 40003 if a parameter is out of its range; or whatever the service answered.
   */
  listDetails(params?: ListChannelsParams | null): Promise<PaginatedResult<ChannelDetails>> {
    return listChannelDetails(this.#context, params);
  }

  /** The channels that exist (RSN2). */
  *[Symbol.iterator](): IterableIterator<RestChannel> {
    for (const state of this.#states.values()) yield this.#viewOf(state);
  }

  #viewOf(state: RestChannelState): RestChannel {
    const existing = this.#views.get(state);
    if (existing) return existing;
    const view = new RestChannel(this.#context, state);
    this.#views.set(state, view);
    return view;
  }
}
