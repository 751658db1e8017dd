import type { ClientContext } from "../client/context.ts";
import * as ErrorCode from "../error_numbers.ts";
import { createError, errorFromWire, ErrorInfo, isTokenError } from "../errors.ts";
import { authFailure } from "../auth/auth_failure.ts";
import { mediaType } from "../http/body.ts";
import { retryDelay } from "../util/backoff.ts";
import { withDeadline } from "../util/deadline.ts";
import { describeError, type Logger } from "../util/logger.ts";
import { EventParser, type ServerEvent } from "./event_parser.ts";

/** The description of a stream. */
export interface EventConnectionOptions {
  /** The names of the channels, for the log. */
  readonly names: string;
  /** Query parameters of every request. */
  readonly params: Record<string, string>;
  /** The backlog to begin with. */
  readonly rewind?: string;
  /** The id of the event to continue after. */
  readonly lastEvent?: string;
  /** The silence in milliseconds after which the stream counts as broken. */
  readonly idleTimeout: number;
  /** Called when messages may be missing. */
  readonly onGap?: (reason: ErrorInfo) => void;
  /** Ends the stream. */
  readonly signal: AbortSignal;
}

type Reader = ReadableStreamDefaultReader<Uint8Array>;

/** The time in which a backlog arrives after the stream was opened, in milliseconds. */
const BACKLOG_TIME = 5_000;

/** The time from publishing a message to its delivery that a rewind allows for, in milliseconds. */
const MARGIN = 2_000;

/** The events of channels over HTTP. If the stream breaks, it opens another and continues after the last event. */
export class EventConnection {
  readonly #context: ClientContext;
  readonly #options: EventConnectionOptions;
  readonly #logger: Logger;
  #reader: Reader | undefined;
  #parser = new EventParser();
  #events: ServerEvent[] = [];
  #taken = 0;
  /** The id of the last event that was taken. */
  #position: string | undefined;
  #rewind: string | undefined;
  #openedAt: number | undefined;
  /** The time when the last bytes arrived. */
  #lastReadAt: number | undefined;
  #token: string | undefined;
  /** The number of failed attempts since the last event (RTB1). */
  #failures = 0;
  /** Whether the next break is followed by an attempt at once, as after the loss of a connection (RTN15a). */
  #retriesAtOnce = true;
  #gapIsReported = false;

  /** @param context The client. */
  constructor(context: ClientContext, options: EventConnectionOptions) {
    this.#context = context;
    this.#options = options;
    this.#logger = context.options.logger.of("connection");
    this.#position = options.lastEvent;
    this.#rewind = options.rewind;
  }

  /**
   * Opens the stream, if it is not open.
   *
   * @throws {ErrorInfo} If the service refuses it; or the reason of the signal.
   */
  async open(): Promise<void> {
    this.#reader ??= await this.#connect();
    const { signal } = this.#options;
    if (!signal.aborted) return;
    this.close();
    throw signal.reason;
  }

  /**
   * The next event other than errors and signs of life.
   *
   * @throws {ErrorInfo} If the service refuses the stream; or the reason of the signal.
   */
  async next(): Promise<ServerEvent> {
    while (true) {
      const event = this.#events[this.#taken];
      if (event === undefined) await this.#read();
      else {
        this.#taken++;
        if (event.type === "error") this.#failed(event.data);
        else if (event.type !== "heartbeat") {
          if (event.id !== "") this.#position = event.id;
          this.#failures = 0;
          this.#retriesAtOnce = true;
          this.#gapIsReported = false;
          return event;
        }
      }
    }
  }

  /** Ends the stream. */
  close(): void {
    this.#reader?.cancel().catch(() => {});
    this.#reader = undefined;
  }

  /** Waits for more events. */
  async #read(): Promise<void> {
    await this.open();
    const { clock } = this.#context.options;
    const { idleTimeout: timeout, signal } = this.#options;
    const reader = this.#reader!;
    try {
      const { value, done } = await withDeadline(() => reader.read(), { clock, timeout, signal });
      if (done) return this.#broken(() => "it has ended");
      this.#lastReadAt = clock.now();
      this.#events = this.#parser.push(value);
      this.#taken = 0;
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      this.#broken(() => describeError(error));
    }
  }

  #broken(why: () => string): void {
    this.close();
    this.#events = [];
    this.#taken = 0;
    if (this.#retriesAtOnce) this.#retriesAtOnce = false;
    else this.#failures++;
    this.#logger.info(() => `The event stream of ${this.#options.names} broke: ${why()}`);
  }

  async #connect(): Promise<Reader> {
    while (true) {
      await this.#pause();
      try {
        return await this.#request();
      } catch (error) {
        const { signal } = this.#options;
        if (signal.aborted) throw signal.reason;
        if (this.#position !== undefined && isLoss(error)) this.#lost(error);
        else if (!isTemporary(error)) throw error;
        else {
          this.#failures++;
          this.#logger.warn(() =>
            `The event stream of ${this.#options.names} cannot be opened: ${describeError(error)}`
          );
        }
      }
    }
  }

  async #pause(): Promise<void> {
    if (this.#failures === 0) return;
    const { clock, disconnectedRetryTimeout, random } = this.#context.options;
    const timeout = Math.ceil(retryDelay(disconnectedRetryTimeout, this.#failures, random));
    const { signal } = this.#options;
    await withDeadline(() => new Promise(() => {}), { clock, timeout, signal }).catch(() => {});
    signal.throwIfAborted();
  }

  async #request(): Promise<Reader> {
    const { http, credentials, options: { clock, connectionStateTtl } } = this.#context;
    const { params, signal } = this.#options;
    const { body, error, headers } = await http.send({
      method: "GET",
      path: "/sse",
      params: { ...params, ...this.#start() },
      headers: { accept: "text/event-stream" },
      isStream: true,
      signal,
    });
    if (error) throw error;
    if (!(body instanceof ReadableStream) || mediaType(headers) !== "text/event-stream") {
      if (body instanceof ReadableStream) body.cancel().catch(() => {});
      throw notAStream(mediaType(headers));
    }
    this.#token = credentials.tokenDetails?.token;
    const now = clock.now();
    if (this.#lastReadAt !== undefined && now - this.#lastReadAt > connectionStateTtl) {
      this.#reportGap(tooLate(connectionStateTtl));
    }
    this.#openedAt ??= now;
    this.#lastReadAt = now;
    this.#parser = new EventParser(this.#position);
    return (body as ReadableStream<Uint8Array>).getReader();
  }

  /** The parameters that say where to begin. */
  #start(): Record<string, string> {
    if (this.#position !== undefined) return { lastEvent: this.#position };
    const rewind = this.#backlog();
    return rewind === undefined ? {} : { rewind };
  }

  /** The backlog to request without a position: the caller's at first, and later that of the time since the last bytes. */
  #backlog(): string | undefined {
    if (this.#openedAt === undefined || this.#lastReadAt === undefined) return this.#rewind;
    const { clock, connectionStateTtl } = this.#context.options;
    const now = clock.now();
    if (this.#rewind !== undefined && now - this.#openedAt < BACKLOG_TIME) return this.#rewind;
    const since = Math.max(this.#lastReadAt - MARGIN, this.#openedAt);
    return `${Math.ceil(Math.min(now - since, connectionStateTtl) / 1000) || 1}s`;
  }

  /** Handles an error that the service sent as an event. */
  #failed(data: string): void {
    const error = errorFromWire(parsed(data), {
      message: "The service ended the event stream without a reason",
      code: ErrorCode.InternalError,
    });
    if (isLoss(error)) return this.#lost(error);
    if (!isRefusedToken(error) && !isTemporary(error)) throw error;
    if (isRefusedToken(error) && this.#token !== undefined) {
      this.#context.credentials.invalidate(this.#token);
    }
    this.#broken(() => describeError(error));
  }

  /** Continues from the present, because the events after the position are not available. */
  #lost(error: ErrorInfo): void {
    this.#position = this.#rewind = undefined;
    this.#openedAt = this.#lastReadAt = this.#context.options.clock.now();
    this.#reportGap(error);
  }

  #reportGap(reason: ErrorInfo): void {
    if (this.#gapIsReported) return;
    this.#gapIsReported = true;
    const { names, onGap } = this.#options;
    this.#logger.warn(() => `Messages of ${names} may be missing: ${describeError(reason)}`);
    try {
      onGap?.(reason);
    } catch (error) {
      this.#logger.error(() => `The function onGap for ${names} failed: ${describeError(error)}`);
    }
  }
}

/** Codes of the loss of continuity, on a connection or on a channel. */
const LOSSES: readonly number[] = [ErrorCode.ResumeFailed, 80018, 90003, 90004, 90005];

function isLoss(error: unknown): error is ErrorInfo {
  return error instanceof ErrorInfo && LOSSES.includes(error.code);
}

function isRefusedToken({ code }: ErrorInfo): boolean {
  return isTokenError({ code, statusCode: 401 });
}

/** Whether a later attempt may succeed. */
function isTemporary(error: unknown): boolean {
  if (!(error instanceof ErrorInfo)) return false;
  const { statusCode, code } = error;
  if (statusCode >= 500 || statusCode === 408 || statusCode === 429) return true;
  // RSA4c: the failure of a token provider is not final.
  return (isRefusedToken(error) || code === ErrorCode.TokenProviderFailed) &&
    authFailure(error) === "retriable";
}

function parsed(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    return undefined;
  }
}

function notAStream(type: string): ErrorInfo {
  return createError(
    ErrorCode.InvalidMessageData,
    `The response to GET /sse is not an event stream: its content type is "${type}"`,
    "Check that the endpoint is Ably's and that no proxy alters its answers.",
  );
}

function tooLate(limit: number): ErrorInfo {
  return createError(
    ErrorCode.ResumeFailed,
    `The event stream was interrupted for more than ${limit / 1000} s`,
    "Read the history of the channel if you need the messages of that time.",
  );
}
