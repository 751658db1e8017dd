import * as ErrorCode from "../../error_numbers.ts";
import { createError } from "../../errors.ts";
import type { EventMap } from "../../messages/typed_events.ts";
import { checkChannelName, checkText } from "../../client/checks.ts";
import { type ChannelOptions, readChannelOptions } from "../../client/channel_options.ts";
import { readMembers, type Shape } from "../../util/read_members.ts";
import { type Agents, productsText } from "../../util/agent.ts";
import { toBase64, utf8 } from "../../util/bytes.ts";
import type { ClientContext } from "../../client/context.ts";
import type { ChannelManager } from "./channel_manager.ts";
import { checkParams, resolveChannelOptions } from "./resolve_channel_options.ts";
import type { ChannelCore } from "./channel_core.ts";
import { RealtimeChannel } from "./realtime_channel.ts";
import type { ChannelRegistry } from "./channel_registry.ts";
import { inspect, shownAs } from "../../util/inspect.ts";

/** The options for deriving a channel from another one (DO1). */
export interface DeriveOptions {
  /** A JMESPath expression over the name, headers and clientId of the messages to receive (DO2a). */
  filter: string;
}

/** The channels of a realtime client (RTS1). Iterating over it goes through the channels that exist (RTS2). */
export class RealtimeChannels implements Iterable<RealtimeChannel> {
  readonly #context: ClientContext;
  readonly #registry: ChannelRegistry;
  readonly #agents: Agents | undefined;
  /** The views that this collection has returned. */
  readonly #views = new WeakMap<ChannelCore, RealtimeChannel>();

  /** Made by the client. */
  constructor(
    { context, registry }: { context: ClientContext; registry: ChannelRegistry },
    agents?: Agents,
  ) {
    this.#context = context;
    this.#registry = registry;
    this.#agents = agents;
  }

  /** The channels that exist, by name. */
  get all(): Record<string, RealtimeChannel> {
    return Object.fromEntries(
      [...this.#registry.entries].map(([name, entry]) => [name, this.#viewOf(entry)]),
    );
  }

  /** The form in which a console shows it. */
  [inspect](...given: unknown[]): unknown {
    return shownAs("RealtimeChannels", this.all, given);
  }

  /**
   * Gets a channel; makes it if it does not exist (RTS3a).
   *
   * @typeParam Events The type of the data by event name.
   * @param name The name of the channel.
   * @param options The options of the channel. On a channel that exists they may not change params or modes while it is
   * attached or attaching: call its `setOptions()` for that.
   * @throws {ErrorInfo} 40010 for an empty name, 40000 for options that would have to attach the channel anew (RTS3c1) or
   * cannot be used, 40003 for a bad cipher.
   */
  get<Events = EventMap>(name: string, options?: ChannelOptions | null): RealtimeChannel<Events> {
    if (name !== "") checkChannelName(name); // As in `ably`, an empty name is refused by the calls.
    let entry = this.#registry.entries.get(name);
    if (!entry) entry = this.#registry.add(name, options); // RTS3b
    else if (options != null) this.#update(entry, options); // RTS3c
    this.#claim(entry, options != null);
    return this.#viewOf(entry) as RealtimeChannel<Events>;
  }

  /**
   * Gets a channel that receives only the messages of another one that an expression matches (RTS5).
   *
   * @param name The name of the other channel.
   * @param derive The filter. @param options The options of the channel.
   * @throws {ErrorInfo} 40010 if the channel cannot be derived from: it has a qualifier of its own; 40003 without a filter.
   */
  getDerived<Events = EventMap>(
    name: string,
    derive: DeriveOptions,
    options?: ChannelOptions | null,
  ): RealtimeChannel<Events> {
    const own = options == null
      ? options
      : readChannelOptions(options, this.#context.options.logger);
    if (own?.params) own.params = checkParams(own.params);
    return this.get<Events>(derivedName(name, derive, own), own);
  }

  /** Whether a channel exists (RTS2). */
  exists(name: string): boolean {
    return this.#registry.entries.has(name);
  }

  /**
   * Forgets a channel at once, and detaches it (RTS4a). From then on `get()` makes a new channel; if that is attached, it waits
   * until the service has detached this one. Calls that need an attachment fail on the released channel. Does nothing if the
   * channel does not exist.
   *
   * @returns Resolves once the service has detached the channel: at once if it was not attached, and after
   * `realtimeRequestTimeout` if it does not answer. It never rejects.
   */
  release(name: string): Promise<void> {
    return this.#registry.release(name);
  }

  /** The channels that exist at this moment (RTS2). */
  [Symbol.iterator](): IterableIterator<RealtimeChannel> {
    return [...this.#registry.entries.values()].map((entry) => this.#viewOf(entry)).values();
  }

  #viewOf(entry: ChannelCore): RealtimeChannel {
    const existing = this.#views.get(entry);
    if (existing) return existing;
    const view = new RealtimeChannel(entry, this.#context);
    this.#views.set(entry, view);
    return view;
  }

  /**
   * WP7: attachments made through a wrapper SDK name it, until other code gives the channel options. The name is stored beside
   * the user's options, so that these stay equal.
   */
  #claim({ manager }: ChannelCore, hasOptions: boolean): void {
    if (isActive(manager)) return;
    if (this.#agents !== undefined) manager.agent = productsText(this.#agents);
    else if (hasOptions) manager.agent = null;
  }

  #update({ manager }: ChannelCore, options: ChannelOptions): void {
    const resolved = resolveChannelOptions(options, this.#context.options);
    if (manager.mustNegotiate(resolved)) { // RTS3c1
      throw createError(
        ErrorCode.BadRequest,
        `Failed to get channel "${manager.name}": the options require another ATTACH`,
        "Call setOptions() on the channel and wait for it.",
      );
    }
    manager.options = resolved;
  }
}

/** Whether the service has the options of a channel, or is about to get them (RTS3c1). */
function isActive({ state }: ChannelManager): boolean {
  return state === "attached" || state === "attaching";
}

const DERIVE_OPTIONS: Shape<DeriveOptions> = {
  what: "The derive options",
  names: { filter: true },
};

/** RTS5a1, RTS5a2: `[filter=<base64>?param=value]name`. */
function derivedName(
  name: string,
  derive: DeriveOptions,
  options: ChannelOptions | null | undefined,
): string {
  checkChannelName(name);
  const { filter } = readMembers(derive, DERIVE_OPTIONS);
  checkText(filter, "The filter of the derived channel");
  // RTS5a2: parameters in the name itself, as in "[?rewind=1]orders".
  const [, own = "", plain = name] = /^\[\?([^\]]*)\](.*)$/s.exec(name) ?? [];
  if (plain.startsWith("[") || plain === "") {
    throw createError(
      ErrorCode.InvalidChannelName,
      `Failed to derive from channel "${name}": it has a qualifier already`,
      "Give the plain name of the channel.",
    );
  }
  const params = Object.entries(options?.params ?? {}).map(([key, value]) =>
    `${key}=${encodeURIComponent(value)}`
  );
  const query = [...own === "" ? [] : [own], ...params].join("&");
  return `[filter=${toBase64(utf8(filter))}${query && `?${query}`}]${plain}`;
}
