import { checkedSignal } from "../client/call_options.ts";
import { checkNoCallback } from "../util/callbacks.ts";
import { checkChannelName, invalidParameter } from "../client/checks.ts";
import { decodeContext } from "../client/channel_ref.ts";
import type { ErrorInfo } from "../errors.ts";
import { decodeMessage, type InboundMessage, type WireMessage } from "../messages/message.ts";
import type { EventMap, InboundMessageOf } from "../messages/typed_events.ts";
import { type ChannelParts, partsOf, type RestChannel } from "../rest/rest_channel.ts";
import { warnOfMisses } from "../util/near_misses.ts";
import { readMembers, readTexts, type Rule, type Shape } from "../util/read_members.ts";
import { PROTOCOL_VERSION } from "../version.ts";
import { EventConnection } from "./event_connection.ts";
import type { ServerEvent } from "./event_parser.ts";

/** The options of {@linkcode streamMessages}. */
export interface StreamOptions {
  /**
   * The messages from before to begin with: the number of them, or a time such as `"30s"` or `"2m"`. Ably gives at most 100, and
   * only those of the last two minutes. Has no effect together with `lastEvent`.
   */
  rewind?: number | string | null;
  /** The `position` of a message: the stream continues after it, as far back as Ably keeps messages, which is two minutes. */
  lastEvent?: string | null;
  /** Whether to receive whole messages; otherwise only their data, as text and not decoded. Defaults to true. */
  enveloped?: boolean | null;
  /**
   * The silence in milliseconds after which the stream counts as broken and is opened again. Defaults to 60,000. Ably sends signs
   * of life in between.
   */
  idleTimeout?: number | null;
  /** Called when messages may be missing, because the stream was interrupted for longer than Ably keeps them. */
  onGap?: ((reason: ErrorInfo) => void) | null;
  /** Further query parameters of the request. */
  params?: Record<string, string> | null;
  /** Ends the stream without an error. */
  signal?: AbortSignal | null;
}

const POSITIVE: Rule = {
  allows: (value) => typeof value === "number" && value > 0,
  text: "a number above 0",
};

const OPTIONS: Shape<StreamOptions> = {
  what: "The options of the stream",
  names: {
    rewind: true,
    lastEvent: "string",
    enveloped: "boolean",
    idleTimeout: POSITIVE,
    onGap: "function",
    params: true,
    signal: true,
  },
};

const IDLE_TIMEOUT = 60_000;

/** The members that a message of a stream has in addition. */
export interface Streamed {
  /** The name of the channel that the message came on. */
  channel: string;
  /** The position after the message, for the option `lastEvent` of a later stream. */
  position: string;
}

/** The messages of channels as they come. Leaving the loop over them ends the request. */
export interface MessageStream<M> extends AsyncIterableIterator<M>, AsyncDisposable {
  /**
   * Resolves when the stream is open for the first time: messages published from then on are received. Rejects if the service
   * refuses it.
   */
  readonly opened: Promise<void>;
}

/**
 * Follows a channel over HTTP, without a connection: Ably sends its messages as server-sent events. The request begins at once.
 * If the stream breaks, it is opened again and continues where it stopped, with a new token if the old one has expired.
 *
 * @typeParam Events The types of the data by event name.
 * @param channel The channel of a REST client.
 * @param options Where to begin, and the signal.
 * @returns The messages, decoded and decrypted. Iterating over them throws the error with which the service refuses the stream.
 * @throws {ErrorInfo} 40003 if an argument is not valid.
 *
 * @example Following a channel for some time
 * ```ts
 * import { Rest } from "@ably-edge/sdk/rest";
 * import { streamMessages } from "@ably-edge/sdk/sse";
 *
 * const rest = new Rest("appId.keyId:secret");
 *
 * export async function firstOrder(signal: AbortSignal): Promise<unknown> {
 *   for await (const { data } of streamMessages(rest.channels.get("orders"), { signal })) return data;
 * }
 * ```
 */
export function streamMessages<Events extends object = EventMap>(
  channel: RestChannel<Events>,
  options?: StreamOptions | null,
): MessageStream<InboundMessageOf<Events> & Streamed>;
/**
 * Follows several channels of one client in one request.
 *
 * @param channels The channels. Messages name theirs in `channel`.
 * @param options Where to begin, and the signal.
 */
export function streamMessages(
  channels: readonly RestChannel[],
  options?: StreamOptions | null,
): MessageStream<InboundMessage & Streamed>;
export function streamMessages(
  channels: unknown,
  options?: StreamOptions | null,
): MessageStream<InboundMessage & Streamed> {
  checkNoCallback([options]);
  return new Messages(readParts(channels), options);
}

class Messages implements MessageStream<InboundMessage & Streamed> {
  readonly opened: Promise<void>;
  readonly #parts: readonly ChannelParts[];
  readonly #isEnveloped: boolean;
  /** The names of the channels, for the log. */
  readonly #names: string;
  readonly #source: EventConnection;
  readonly #controller = new AbortController();
  readonly #items: AsyncGenerator<InboundMessage & Streamed, undefined>;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort = () => this.#end();

  constructor(parts: readonly ChannelParts[], options: StreamOptions | null | undefined) {
    const { context } = parts[0]!;
    warnOfMisses(context.options.logger.of("client"), options, OPTIONS);
    const given = readMembers(options, OPTIONS);
    const { lastEvent, enveloped, idleTimeout = IDLE_TIMEOUT, onGap } = given;
    this.#parts = parts;
    this.#isEnveloped = enveloped !== false;
    this.#signal = checkedSignal(given.signal);
    const names = parts.map(({ core }) => core.name);
    this.#names = names.map((name) => `"${name}"`).join(", ");
    this.#source = new EventConnection(context, {
      names: this.#names,
      params: {
        ...channelParams(names),
        v: String(PROTOCOL_VERSION), // CSV2c
        ...(enveloped === false && { enveloped: "false" }),
        ...readTexts(given.params, { what: "The params of the stream" }),
      },
      lastEvent: lastEvent || undefined,
      rewind: rewindParam(given.rewind),
      idleTimeout,
      onGap,
      signal: this.#controller.signal,
    });
    if (this.#signal?.aborted) this.#end();
    else this.#signal?.addEventListener("abort", this.#onAbort);
    this.opened = this.#source.open();
    this.opened.catch(() => {}); // The loop reports the error.
    this.#items = this.#messages();
  }

  next(): Promise<IteratorResult<InboundMessage & Streamed, undefined>> {
    return this.#items.next();
  }

  /** Ends the request, also while another call waits for a message. */
  return(): Promise<IteratorResult<InboundMessage & Streamed, undefined>> {
    this.#end();
    return this.#items.return(undefined);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  #end(): void {
    this.#controller.abort();
    this.#source.close();
    this.#signal?.removeEventListener("abort", this.#onAbort);
  }

  async *#messages(): AsyncGenerator<InboundMessage & Streamed, undefined> {
    const { signal } = this.#controller;
    try {
      await this.opened;
      while (!signal.aborted) {
        const event = await this.#source.next();
        const message = event.type === "message" ? await this.#decode(event) : undefined;
        if (message !== undefined && !signal.aborted) yield message;
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      this.#end();
    }
  }

  async #decode({ data, id }: ServerEvent): Promise<InboundMessage & Streamed | undefined> {
    const [first] = this.#parts;
    const { logger } = first!.context.options;
    const wire = this.#isEnveloped ? parseMessage(data) : { id, data };
    if (wire === undefined) {
      logger.of("channel").error(() => `An event in the stream of ${this.#names} is not a message`);
      return undefined;
    }
    wire.channel ??= first!.core.name;
    const { core } = this.#parts.find(({ core }) => isNamed(core.name, wire.channel!)) ?? first!;
    const message = decodeMessage(wire, decodeContext(logger, core));
    return Object.assign(await message, { position: id }) as InboundMessage & Streamed;
  }
}

function parseMessage(data: string): WireMessage & { channel?: string } | undefined {
  try {
    const message = JSON.parse(data);
    if (typeof message === "object" && message !== null && !Array.isArray(message)) return message;
  } catch {
    // Fall through.
  }
  return undefined;
}

/** Whether a channel has a name, with or without the parameters in brackets before it. */
function isNamed(name: string, wanted: string): boolean {
  return name === wanted || name.replace(/^\[\?[^\]]*\]/, "") === wanted;
}

function readParts(channels: unknown): ChannelParts[] {
  const list = Array.isArray(channels) ? channels : [channels];
  const parts = list.map(partsOf);
  const first = parts[0]?.context;
  if (first !== undefined && parts.every((part) => part?.context === first)) {
    for (const { core } of parts as ChannelParts[]) checkChannelName(core.name);
    return parts as ChannelParts[];
  }
  throw invalidParameter(
    "A stream needs one or more channels of one REST client",
    "Give rest.channels.get(name), or an array of such channels of the same client.",
  );
}

/** The names of the channels, joined by a character that is in none of them. */
function channelParams(names: readonly string[]): Record<string, string> {
  const separator =
    [",", "|", ";", "\n"].find((sign) => names.every((name) => !name.includes(sign))) ?? "\t";
  const channels = names.join(separator);
  return separator === "," ? { channels } : { channels, separator };
}

function rewindParam(rewind: number | string | undefined): string | undefined {
  if (rewind === undefined || /^\d+[sm]?$/.test(String(rewind))) return rewind?.toString();
  throw invalidParameter(
    `The option "rewind" is neither a number of messages nor a time: ${JSON.stringify(rewind)}`,
    'Give a whole number, or a time such as "30s" or "2m".',
  );
}
