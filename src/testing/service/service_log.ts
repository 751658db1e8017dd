import type { ProtocolMessage } from "../../protocol/protocol_message.ts";

/** An HTTP request that came in. */
export interface LoggedRequest {
  /** Which kind of entry this is. */
  readonly type: "request";
  /** When, in milliseconds since the Unix epoch. */
  readonly at: number;
  /** Such as `"POST"`. */
  readonly method: string;
  /** The whole address. */
  readonly url: URL;
  /** The path without the query, percent-encoded as it came. */
  readonly path: string;
  /** The headers that came with it. */
  readonly headers: Headers;
  /** The decoded body; absent if there was none, or if it could not be decoded. */
  body?: unknown;
}

/** The response to an HTTP request. */
export interface LoggedResponse {
  /** Which kind of entry this is. */
  readonly type: "response";
  /** When, in milliseconds since the Unix epoch. */
  readonly at: number;
  /** Such as `"POST"`. */
  readonly method: string;
  /** The path of the URL. */
  readonly path: string;
  /** The HTTP status. */
  readonly status: number;
}

/** A WebSocket that was opened. */
export interface LoggedConnect {
  /** Which kind of entry this is. */
  readonly type: "connect";
  /** When, in milliseconds since the Unix epoch. */
  readonly at: number;
  /** Counts the WebSockets of the service from 1. */
  readonly socket: number;
  /** The whole address. */
  readonly url: URL;
  /** The query parameters. */
  readonly params: Readonly<Record<string, string>>;
}

/** A frame that came in or went out. */
export interface LoggedFrame {
  /** Which kind of entry this is. */
  readonly type: "frame";
  /** When, in milliseconds since the Unix epoch. */
  readonly at: number;
  /** The WebSocket, as in {@linkcode LoggedConnect}. */
  readonly socket: number;
  /** `in` from the client, `out` to it. */
  readonly direction: "in" | "out";
  /** The decoded frame. Treat it as read-only. */
  readonly message: ProtocolMessage;
  /** Whether a fault kept it from being handled or sent. */
  readonly swallowed?: boolean;
}

/** A WebSocket that was closed. */
export interface LoggedClose {
  /** Which kind of entry this is. */
  readonly type: "close";
  /** When, in milliseconds since the Unix epoch. */
  readonly at: number;
  /** The WebSocket, as in {@linkcode LoggedConnect}. */
  readonly socket: number;
  /** The side that closed it. */
  readonly by: "client" | "service";
}

/** Something that the service saw or did. */
export type LogEntry = LoggedRequest | LoggedResponse | LoggedConnect | LoggedFrame | LoggedClose;

/** Picks requests from the log. */
export interface RequestFilter {
  /** Such as `"POST"`. */
  method?: string;
  /** The path, or what it matches. */
  path?: string | RegExp;
}

/** Picks frames from the log. */
export interface FrameFilter {
  /** `in` from the client, `out` to it. */
  direction?: "in" | "out";
  /** A number of the protocol's actions. */
  action?: number;
  /** The channel's name. */
  channel?: string;
  /** The WebSocket, as in {@linkcode LoggedConnect}. */
  socket?: number;
}

interface Waiter {
  readonly matches: (entry: LogEntry) => boolean;
  readonly resolve: (entry: LogEntry) => void;
}

/** The requests, responses and frames, so that a test can inspect the wire. */
export class ServiceLog {
  readonly #limit: number;
  #entries: LogEntry[] = [];
  #waiters: Waiter[] = [];
  #listeners = new Set<(entry: LogEntry) => void>();

  /**
   * Makes an empty log.
   *
   * @param limit How many entries are kept.
   */
  constructor(limit = 10_000) {
    this.#limit = limit;
  }

  /** The entries, oldest first. */
  get entries(): readonly LogEntry[] {
    return this.#entries;
  }

  /** The requests, oldest first. */
  requests({ method, path }: RequestFilter = {}): LoggedRequest[] {
    return this.#entries.filter((entry): entry is LoggedRequest =>
      entry.type === "request" && (method === undefined || entry.method === method) &&
      (path === undefined ||
        (typeof path === "string" ? entry.path === path : path.test(entry.path)))
    );
  }

  /** The WebSockets that were opened, oldest first. */
  connects(): LoggedConnect[] {
    return this.#entries.filter((entry): entry is LoggedConnect => entry.type === "connect");
  }

  /** The frames, oldest first. */
  frames(filter: FrameFilter = {}): ProtocolMessage[] {
    return this.#entries.filter((entry): entry is LoggedFrame => isFrame(entry, filter))
      .map(({ message }) => message);
  }

  /** Waits for the next entry of a kind; entries of the past do not count. */
  next(matches: (entry: LogEntry) => boolean): Promise<LogEntry> {
    return new Promise((resolve) => this.#waiters.push({ matches, resolve }));
  }

  /** Waits for a frame: returns at once if it is in the log already. */
  async frame(filter: FrameFilter): Promise<ProtocolMessage> {
    const [earlier] = this.frames(filter);
    if (earlier !== undefined) return earlier;
    const entry = await this.next((entry) => isFrame(entry, filter));
    return (entry as LoggedFrame).message;
  }

  /**
   * Calls back for every entry from now on.
   *
   * @returns A function that ends it.
   */
  listen(listener: (entry: LogEntry) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Forgets all entries. */
  clear(): void {
    this.#entries = [];
  }

  /** Adds an entry. */
  add(entry: LogEntry): void {
    if (this.#limit === 0 && this.#waiters.length === 0 && this.#listeners.size === 0) return;
    this.#entries.push(entry);
    // Dropping a quarter at a time keeps the cost of a full log low.
    if (this.#entries.length > this.#limit) this.#entries.splice(0, Math.ceil(this.#limit / 4));
    for (const listener of this.#listeners) listener(entry);
    if (this.#waiters.length === 0) return;
    const due = this.#waiters.filter(({ matches }) => matches(entry));
    this.#waiters = this.#waiters.filter((waiter) => !due.includes(waiter));
    for (const { resolve } of due) resolve(entry);
  }
}

function isFrame(entry: LogEntry, filter: FrameFilter): entry is LoggedFrame {
  if (entry.type !== "frame") return false;
  const { direction, action, channel, socket } = filter;
  return (direction === undefined || entry.direction === direction) &&
    (action === undefined || entry.message.action === action) &&
    (channel === undefined || entry.message.channel === channel) &&
    (socket === undefined || entry.socket === socket);
}
