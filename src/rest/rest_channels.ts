import type { EventMap } from "../messages/typed_events.ts";
import { checkChannelName } from "../client/checks.ts";
import {
  type ChannelDetails,
  listChannelDetails,
  listChannelNames,
  type ListChannelsParams,
} from "../operations/channel_details.ts";
import type { ChannelOptions } from "../client/channel_options.ts";
import { RestChannelCore } from "./rest_channel_core.ts";
import type { ClientContext } from "../client/context.ts";
import type { PaginatedResult } from "../operations/paging/paginated_result.ts";
import { RestChannel } from "./rest_channel.ts";
import { inspect, shownAs } from "../util/inspect.ts";

/** The channels of a client (RSN1). Iterating over it yields the channels that exist (RSN2). */
export class RestChannels {
  readonly #context: ClientContext;
  readonly #cores: Map<string, RestChannelCore>;
  readonly #views = new WeakMap<RestChannelCore, RestChannel>();

  /** Made by its client. */
  constructor(context: ClientContext, cores: Map<string, RestChannelCore>) {
    this.#context = context;
    this.#cores = cores;
  }

  /** The channels that exist, by name, as in `ably`. */
  get all(): Record<string, RestChannel> {
    return Object.fromEntries([...this].map((channel) => [channel.name, channel]));
  }

  /** The form in which a console shows it. */
  [inspect](...given: unknown[]): unknown {
    return shownAs("RestChannels", this.all, given);
  }

  /**
   * Gets a channel; makes it if it does not exist (RSN3a). No request is sent.
   *
   * @typeParam Events The types of the data, by event name.
   * @param name The name of the channel.
   * @param options The options. They replace those of a channel that exists (RSN3b, RSN3c).
   * @throws {ErrorInfo} 40010 if the name is not a string, 40003 if the options are not valid.
   */
  get<Events extends object = EventMap>(
    name: string,
    options?: ChannelOptions | null,
  ): RestChannel<Events> {
    if (name !== "") checkChannelName(name); // As in `ably`, an empty name is refused by the calls.
    const core = this.#cores.get(name) ?? new RestChannelCore(name, this.#context.options);
    if (options != null) core.setOptions(options);
    this.#cores.set(name, core);
    return this.#viewOf(core) as unknown as RestChannel<Events>;
  }

  /** Whether a channel of that name has been made and not released (RSN2). */
  exists(name: string): boolean {
    return this.#cores.has(name);
  }

  /** Releases a channel, if it exists (RSN4a, RSN4b). */
  release(name: string): void {
    this.#cores.delete(name);
  }

  /**
   * Requests the names of all active channels of the application, not only those of this client.
   *
   * @param params The filters, and the signal.
   * @throws {ErrorInfo} 40003 if a parameter is out of its range; or the error that the service returned.
   */
  listNames(params?: ListChannelsParams | null): Promise<PaginatedResult<string>> {
    return listChannelNames(this.#context, params);
  }

  /**
   * Requests the details of all active channels of the application. It is slower than `listNames`, and keeps the channels
   * active.
   *
   * @param params The filters, and the signal.
   * @throws {ErrorInfo} 40003 if a parameter is out of its range; or the error that the service returned.
   */
  listDetails(params?: ListChannelsParams | null): Promise<PaginatedResult<ChannelDetails>> {
    return listChannelDetails(this.#context, params);
  }

  /** The channels that exist (RSN2). */
  *[Symbol.iterator](): IterableIterator<RestChannel> {
    for (const core of this.#cores.values()) yield this.#viewOf(core);
  }

  #viewOf(core: RestChannelCore): RestChannel {
    const existing = this.#views.get(core);
    if (existing) return existing;
    const view = new RestChannel(this.#context, core);
    this.#views.set(core, view);
    return view;
  }
}
