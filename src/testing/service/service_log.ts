import { inspect, shownAs } from "../../util/inspect.ts";
import type { ProtocolMessage } from "../../protocol/protocol_message.ts";
import { type ActionName, isOfAction } from "../core/frame_action.ts";

/** A received HTTP request. */
export interface LoggedRequest {
  /** The discriminator of the union. */
  readonly type: "request";
  /** The time, in milliseconds since the Unix epoch. */
  readonly at: number;
  /** The method, such as `"POST"`. */
  readonly method: string;
  /** The whole URL. */
  readonly url: URL;
  /** The path without the query, percent-encoded as received. */
  readonly path: string;
  /** The received headers. */
  readonly headers: Headers;
  /** The decoded body; absent if there was none, or if it could not be decoded. */
  body?: unknown;
}

/** The response to an HTTP request. */
export interface LoggedResponse {
  /** The discriminator of the union. */
  readonly type: "response";
  /** The time, in milliseconds since the Unix epoch. */
  readonly at: number;
  /** The method, such as `"POST"`. */
  readonly method: string;
  /** The path of the URL. */
  readonly path: string;
  /** The HTTP status. */
  readonly status: number;
}

/** An opened WebSocket. */
export interface LoggedConnect {
  /** The discriminator of the union. */
  readonly type: "connect";
  /** The time, in milliseconds since the Unix epoch. */
  readonly at: number;
  /** The number of the WebSocket in this service, counted from 1. */
  readonly socket: number;
  /** The whole URL. */
  readonly url: URL;
  /** The query parameters. */
  readonly params: Readonly<Record<string, string>>;
}

/** A received or sent frame. */
export interface LoggedFrame {
  /** The discriminator of the union. */
  readonly type: "frame";
  /** The time, in milliseconds since the Unix epoch. */
  readonly at: number;
  /** The WebSocket, as in {@linkcode LoggedConnect}. */
  readonly socket: number;
  /** The direction: `in` from the client, `out` to it. */
  readonly direction: "in" | "out";
  /** The decoded frame. Treat it as read-only. */
  readonly message: ProtocolMessage;
  /** Whether a fault prevented it from being handled or sent. */
  readonly swallowed?: boolean;
}

/** A closed WebSocket. */
export interface LoggedClose {
  /** The discriminator of the union. */
  readonly type: "close";
  /** The time, in milliseconds since the Unix epoch. */
  readonly at: number;
  /** The WebSocket, as in {@linkcode LoggedConnect}. */
  readonly socket: number;
  /** The side that closed it. */
  readonly by: "client" | "service";
}

/** An entry of the log. */
export type LogEntry = LoggedRequest | LoggedResponse | LoggedConnect | LoggedFrame | LoggedClose;

/** A filter for requests. */
export interface RequestFilter {
  /** The method, such as `"POST"`. */
  method?: string;
  /** The path, or a pattern for it. */
  path?: string | RegExp;
}

/** A filter for frames. */
export interface FrameFilter {
  /** The direction: `in` from the client, `out` to it. */
  direction?: "in" | "out";
  /** The protocol's action, by name or by number. */
  action?: ActionName | number;
  /** The channel's name. */
  channel?: string;
  /** The WebSocket, as in {@linkcode LoggedConnect}. */
  socket?: number;
}

interface Waiter {
  readonly matches: (entry: LogEntry) => boolean;
  readonly resolve: (entry: LogEntry) => void;
  readonly reject: (thrown: unknown) => void;
}

/** The requests, responses and frames of a service, for tests that inspect the wire. */
export class ServiceLog {
  readonly #limit: number;
  #entries: LogEntry[] = [];
  #removed = 0;
  #waiters: Waiter[] = [];
  #listeners = new Set<(entry: LogEntry) => void>();

  /**
   * Makes an empty log.
   *
   * @param limit The number of entries that are kept.
   */
  constructor(limit = 10_000) {
    this.#limit = limit;
  }

  /** The form in which a console shows it. */
  [inspect](...given: unknown[]): unknown {
    return shownAs("ServiceLog", { entries: this.#entries.length }, given);
  }

  /** The entries, oldest first. */
  get entries(): readonly LogEntry[] {
    return this.#entries;
  }

  /** The number of all entries so far, including those that are no longer kept. */
  get count(): number {
    return this.#removed + this.#entries.length;
  }

  /** The requests, oldest first. */
  requests({ method, path }: RequestFilter = {}): LoggedRequest[] {
    return this.#entries.filter((entry): entry is LoggedRequest =>
      entry.type === "request" && (method === undefined || entry.method === method) &&
      (path === undefined ||
        (typeof path === "string" ? entry.path === path : path.test(entry.path)))
    );
  }

  /** The opened WebSockets, oldest first. */
  connects(): LoggedConnect[] {
    return this.#entries.filter((entry): entry is LoggedConnect => entry.type === "connect");
  }

  /** The frames, oldest first. */
  frames(filter: FrameFilter = {}): ProtocolMessage[] {
    return this.#entries.filter((entry): entry is LoggedFrame => isFrame(entry, filter))
      .map(({ message }) => message);
  }

  /** Waits for the next entry that matches; earlier entries do not count. */
  next(matches: (entry: LogEntry) => boolean): Promise<LogEntry> {
    return new Promise((resolve, reject) => this.#waiters.push({ matches, resolve, reject }));
  }

  /** Waits for a frame; returns at once if the log contains it already. */
  async frame(filter: FrameFilter): Promise<ProtocolMessage> {
    const [earlier] = this.frames(filter);
    if (earlier !== undefined) return earlier;
    const entry = await this.next((entry) => isFrame(entry, filter));
    return (entry as LoggedFrame).message;
  }

  /**
   * Calls back for every entry from now on.
   *
   * @returns A function that stops the calls.
   */
  listen(listener: (entry: LogEntry) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Removes all entries. */
  clear(): void {
    this.#removed += this.#entries.length;
    this.#entries = [];
  }

  /** Adds an entry. */
  add(entry: LogEntry): void {
    if (this.#limit === 0 && this.#waiters.length === 0 && this.#listeners.size === 0) return;
    this.#entries.push(entry);
    // Removing a quarter at a time keeps the cost of a full log low.
    if (this.#entries.length > this.#limit) {
      this.#removed += this.#entries.splice(0, Math.max(1, Math.ceil(this.#limit / 4))).length;
    }
    for (const listener of this.#listeners) reportFailure(() => listener(entry));
    if (this.#waiters.length === 0) return;
    this.#waiters = this.#waiters.filter(({ matches, resolve, reject }) => {
      try {
        if (!matches(entry)) return true;
        resolve(entry);
      } catch (thrown) {
        reject(thrown);
      }
      return false;
    });
  }
}

/** Reports an error of a listener as uncaught, so that the request that made the entry continues. */
function reportFailure(call: () => void): void {
  try {
    call();
  } catch (thrown) {
    queueMicrotask(() => {
      throw thrown;
    });
  }
}

function isFrame(entry: LogEntry, filter: FrameFilter): entry is LoggedFrame {
  if (entry.type !== "frame") return false;
  const { direction, action, channel, socket } = filter;
  return (direction === undefined || entry.direction === direction) &&
    (action === undefined || isOfAction(entry.message.action, action)) &&
    (channel === undefined || entry.message.channel === channel) &&
    (socket === undefined || entry.socket === socket);
}
