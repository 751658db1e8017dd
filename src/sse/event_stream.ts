import { checkedSignal } from "../client/call_options.ts";
import { invalidParameter } from "../client/checks.ts";
import { ErrorInfo } from "../errors.ts";
import { isBinary, toBase64, toBytes, utf8 } from "../util/bytes.ts";
import { CLOCK, type Clock, LONGEST_DELAY, systemClock, type Timer } from "../util/clock.ts";
import { readMembers, readTexts, type Shape } from "../util/read_members.ts";

/**
 * The options of {@linkcode eventStream}.
 *
 * @typeParam T The items of the stream.
 */
export interface EventStreamOptions<T> {
  /**
   * The data of the event for a message: text, or a value for JSON. Without data, the message is left out. Defaults to the whole
   * message, with binary data in base64.
   */
  data?: ((message: T) => unknown) | null;
  /** The type of the event. Without one it is `message`, which is the default. */
  event?: ((message: T) => string | null | undefined) | null;
  /**
   * The id of the event, which a browser sends back in the header `last-event-id` when it connects again. Defaults to the
   * `position` of the message, or else to its serial or id.
   */
  id?: ((message: T) => string | null | undefined) | null;
  /** The time in milliseconds after which a browser connects again. Defaults to 1000. */
  retry?: number | null;
  /**
   * The silence in milliseconds after which a sign of life is sent, against proxies that cut idle responses. Defaults to 15,000; 0
   * for no signs of life.
   */
  heartbeat?: number | null;
  /** Headers to add or to replace. */
  headers?: Record<string, string> | null;
  /** Ends the response and the loop over the messages: that of the request, on runtimes that do not cancel the body. */
  signal?: AbortSignal | null;
  /** Measures the silence. Defaults to the clock of the runtime. */
  clock?: Clock | null;
}

const OPTIONS: Shape<EventStreamOptions<unknown>> = {
  what: "The options of the event stream",
  names: {
    data: "function",
    event: "function",
    id: "function",
    retry: "number",
    heartbeat: "number",
    headers: true,
    signal: true,
    clock: CLOCK,
  },
};

const HEADERS = {
  "content-type": "text/event-stream",
  "cache-control": "no-store, no-transform",
  "x-accel-buffering": "no", // nginx would collect the events otherwise.
  "x-content-type-options": "nosniff",
};

/**
 * Makes a response of server-sent events out of messages, for the `EventSource` of a page. It takes a message only when the reader
 * has taken the one before. If the reader goes away, it ends the loop over the messages. An error of the loop becomes an event of
 * the type `error`, with the code and the message if it is an `ErrorInfo`; then the response ends.
 *
 * @typeParam T The messages.
 * @param messages The messages of `streamMessages()`, of `messages()` of a realtime channel, or of any other async iterable.
 * @param options The form of the events, and the signal.
 * @throws {ErrorInfo} 40003 if an argument is not valid.
 *
 * @example With Hono
 * ```ts
 * import { Rest } from "@ably-edge/sdk/rest";
 * import { eventStream, streamMessages } from "@ably-edge/sdk/sse";
 * import { Hono } from "hono";
 *
 * const rest = new Rest("appId.keyId:secret");
 * export const app = new Hono();
 * app.get("/news", (c) => {
 *   const lastEvent = c.req.header("last-event-id");
 *   return eventStream(streamMessages(rest.channels.get("news"), { lastEvent }));
 * });
 * ```
 */
export function eventStream<T extends object>(
  messages: AsyncIterable<T>,
  options?: EventStreamOptions<T> | null,
): Response {
  if (typeof messages?.[Symbol.asyncIterator] !== "function") throw notIterable(messages);
  const given = readMembers(options as EventStreamOptions<unknown>, OPTIONS);
  const headers = headersOf(given.headers);
  const writer = new EventWriter(messages, { ...given, signal: checkedSignal(given.signal) });
  return new Response(writer.body, { headers });
}

function headersOf(given: unknown): Headers {
  const headers = new Headers(HEADERS);
  const own = given instanceof Headers
    ? given
    : Object.entries(readTexts(given, { what: "The headers" }));
  for (const [name, value] of own) {
    try {
      headers.set(name, value);
    } catch {
      throw invalidParameter(
        `The headers have an invalid one: "${name}"`,
        "Give names and values that HTTP permits.",
      );
    }
  }
  return headers;
}

/** Writes messages as events into the body of a response, as fast as the reader takes them. */
class EventWriter {
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly #options: EventStreamOptions<unknown>;
  readonly #messages: AsyncIterable<object>;
  readonly #clock: Clock;
  readonly #onAbort = () => this.#end();
  #items: AsyncIterator<object> | undefined;
  #controller!: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>;
  #timer: Timer | undefined;
  #isOver = false;

  constructor(messages: AsyncIterable<object>, options: EventStreamOptions<unknown>) {
    this.#messages = messages;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.body = new ReadableStream({
      start: (controller) => this.#start(controller),
      pull: () => this.#pull(),
      cancel: () => this.#stop(),
    }, { highWaterMark: 0 });
  }

  #start(controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>): void {
    const { retry, signal } = this.#options;
    this.#controller = controller;
    // At once, because some servers and proxies send the headers with the first byte.
    this.#write(`retry: ${Math.round(Math.min(retry ?? 1000, LONGEST_DELAY))}\n\n`);
    this.#items = this.#messages[Symbol.asyncIterator]();
    if (signal?.aborted) return this.#end();
    signal?.addEventListener("abort", this.#onAbort);
  }

  /** Sends the next event. Until it is there, signs of life are sent. */
  async #pull(): Promise<void> {
    this.#expectSilence();
    try {
      while (!this.#isOver) {
        const { value, done } = await this.#items!.next();
        if (done) return this.#end();
        const event = this.#eventOf(value);
        if (event === undefined) continue;
        if (!this.#isOver) this.#write(event);
        return;
      }
    } catch (error) {
      if (this.#isOver) return;
      this.#write(`event: error\n${dataLines(JSON.stringify(publicError(error)))}\n`);
      this.#end();
    } finally {
      this.#clearTimer();
    }
  }

  #eventOf(message: object): string | undefined {
    const { data = whole, event, id = idOf } = this.#options;
    const value = data!(message);
    if (value === undefined) return undefined;
    const text = typeof value === "string" ? value : JSON.stringify(value);
    if (text === undefined) return undefined;
    return field("id", id!(message)) + field("event", event?.(message)) + `${dataLines(text)}\n`;
  }

  #expectSilence(): void {
    const { heartbeat } = this.#options;
    const delay = heartbeat ?? 15_000;
    if (!(delay > 0) || this.#isOver) return;
    this.#timer = this.#clock.setTimeout(() => {
      // While an earlier one waits to be read, another would only be added to it.
      if ((this.#controller.desiredSize ?? -1) >= 0) this.#write(":\n\n");
      this.#expectSilence();
    }, delay);
  }

  #write(text: string): void {
    this.#controller.enqueue(utf8(text));
  }

  #end(): void {
    if (this.#isOver) return;
    this.#stop();
    this.#controller.close();
  }

  #stop(): void {
    this.#isOver = true;
    this.#clearTimer();
    this.#options.signal?.removeEventListener("abort", this.#onAbort);
    // Not awaited: the loop of a generator ends only when its next item has come.
    Promise.resolve(this.#items?.return?.()).catch(() => {});
  }

  #clearTimer(): void {
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}

/** A message in a form that JSON can represent. */
function whole(message: unknown): unknown {
  const { data, encoding } = message as { data?: unknown; encoding?: string | null };
  if (!isBinary(data)) return message;
  const steps = encoding ? `${encoding}/base64` : "base64";
  return { ...message as object, data: toBase64(toBytes(data)), encoding: steps };
}

function idOf(message: unknown): string | undefined {
  const { position, version, id } = message as {
    position?: string;
    version?: { serial?: string };
    id?: string;
  };
  return position ?? version?.serial ?? id;
}

/** A field of an event; nothing if it has no value, or one that would not arrive as it is. */
function field(name: string, value: string | null | undefined): string {
  return value == null || value === "" || /[\r\n\0]/.test(value) ? "" : `${name}: ${value}\n`;
}

function dataLines(text: string): string {
  return text.split(/\r\n|\r|\n/).map((line) => `data: ${line}\n`).join("");
}

/** The parts of an error that strangers may see. */
function publicError(error: unknown): object {
  if (!(error instanceof ErrorInfo)) {
    return { message: "The stream failed", code: 50000, statusCode: 500 };
  }
  const { message, code, statusCode, href } = error;
  return { message, code, statusCode, href };
}

function notIterable(messages: unknown): ErrorInfo {
  return invalidParameter(
    `The messages of an event stream must be an async iterable, got ${typeof messages}`,
    "Give streamMessages(channel), or channel.messages() of a realtime channel.",
  );
}
