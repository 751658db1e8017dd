import type { ErrorInfoValues } from "../errors.ts";
import { Action } from "../protocol/actions.ts";
import type { ProtocolMessage } from "../protocol/protocol_message.ts";

/** Which HTTP requests a fault is for; what is left out matches everything. */
export interface HttpMatch {
  /** Such as `"POST"`. */
  method?: string;
  /** The path: the whole of it, in which `*` stands for anything, or what it matches. */
  path?: string | RegExp;
  /** The host name. */
  host?: string;
}

/** What happens to an HTTP request. */
export type HttpEffect =
  /** The connection is refused; nothing is handled. */
  | { refuse: true }
  /** Nothing is answered, until the client gives up. */
  | { hang: true }
  /** The request is handled after so many milliseconds. */
  | { delay: number }
  /** Something else is answered; nothing is handled. */
  | { respond: { status: number; body?: unknown; headers?: Record<string, string> } }
  /** The request is handled, but the connection breaks before the answer arrives. */
  | { drop: true };

/** Which WebSockets a fault is for; what is left out matches everything. */
export interface ConnectMatch {
  /** The host name. */
  host?: string;
  /** Query parameters that must be there with these values, or with any where the value is `"*"`. */
  params?: Record<string, string>;
}

/** What happens to a WebSocket that is being opened. */
export type ConnectEffect =
  /** It cannot be opened. */
  | { refuse: true }
  /** It never opens. */
  | { hang: true }
  /** It opens after so many milliseconds. */
  | { delay: number }
  /** It opens and is closed at once. */
  | { close: number }
  /** It opens, receives this frame and nothing else, and is closed with the code if one is given. */
  | { send: ProtocolMessage; close?: number };

/** Which frames a fault is for; what is left out matches everything. */
export interface FrameMatch {
  /** A number of the protocol's actions. */
  action?: number;
  channel?: string;
  connectionId?: string;
}

/** What happens to a frame. */
export type FrameEffect =
  /** It is lost. */
  | { swallow: true }
  /** It and all that follow in its direction wait so many milliseconds. */
  | { delay: number }
  /** Another frame takes its place. */
  | { replace: ProtocolMessage | ((message: ProtocolMessage) => ProtocolMessage) }
  /** These frames travel before it. */
  | { before: ProtocolMessage[] }
  /** These frames travel after it. */
  | { after: ProtocolMessage[] }
  /** It is lost, and the WebSocket breaks without a closing handshake. */
  | { drop: true }
  /** It is lost, and the WebSocket is closed with this code. */
  | { close: number }
  /** It and everything else in both directions is lost; the WebSocket stays open. */
  | { hang: true };

/** How often a fault happens. */
export interface FaultTimes {
  /** How many times. Defaults to every time. */
  times?: number;
  /** How many matches are let pass before. Defaults to none. */
  skip?: number;
}

/** A fault that was set. */
export interface Fault extends Disposable {
  /** How many times it has happened. */
  readonly fired: number;
  /** Ends it. */
  remove(): void;
}

/** Which live connections are meant; what is left out means all. */
export interface ConnectionMatch {
  connectionId?: string;
  clientId?: string;
  /** A channel that they are attached to. */
  channel?: string;
}

/** An open WebSocket, as faults see it. */
export interface FaultSocket {
  matches(match: ConnectionMatch): boolean;
  /** Breaks without a closing handshake. */
  drop(): void;
  /** Closes with a code. */
  close(code: number, reason?: string): void;
  /** Stays open, but deaf and mute. */
  hang(): void;
  /** Sends a frame, untouched by other faults. */
  inject(message: ProtocolMessage): void;
  /** Takes the channel from the connection, without a word to the client. */
  forgetChannel(channel: string): void;
}

/** What faults act on. */
export interface FaultScene {
  sockets(): FaultSocket[];
  expireTokens(): void;
  forgetConnections(): void;
  forgetEvents(): void;
}

/** A fault that applies: what it does, already counted. */
interface Rule<M, E> extends Fault {
  readonly match: M;
  readonly effect: E;
  due(): boolean;
}

/**
 * Makes things go wrong on purpose.
 *
 * `http`, `connect`, `fromClient` and `toClient` set faults for what is still to come; the other methods act at once
 * on what is there.
 *
 * @example The next publish is answered with a server error
 * ```ts
 * import { createService } from "@ably-edge/sdk/testing";
 *
 * await using service = createService();
 * service.faults.http({ method: "POST" }, { respond: { status: 500 } }, { times: 1 });
 * ```
 */
export class Faults {
  readonly #scene: FaultScene;
  readonly #http = new Set<Rule<HttpMatch, HttpEffect>>();
  readonly #connect = new Set<Rule<ConnectMatch, ConnectEffect>>();
  readonly #fromClient = new Set<Rule<FrameMatch, FrameEffect>>();
  readonly #toClient = new Set<Rule<FrameMatch, FrameEffect>>();

  /** @param scene What the faults act on. */
  constructor(scene: FaultScene) {
    this.#scene = scene;
  }

  /** Sets a fault for HTTP requests. */
  http(match: HttpMatch, effect: HttpEffect, times: FaultTimes = {}): Fault {
    return addRule(this.#http, { match, effect, times });
  }

  /** Sets a fault for WebSockets that are being opened. */
  connect(match: ConnectMatch, effect: ConnectEffect, times: FaultTimes = {}): Fault {
    return addRule(this.#connect, { match, effect, times });
  }

  /** Sets a fault for frames from clients. */
  fromClient(match: FrameMatch, effect: FrameEffect, times: FaultTimes = {}): Fault {
    return addRule(this.#fromClient, { match, effect, times });
  }

  /** Sets a fault for frames to clients. */
  toClient(match: FrameMatch, effect: FrameEffect, times: FaultTimes = {}): Fault {
    return addRule(this.#toClient, { match, effect, times });
  }

  /** Breaks WebSockets without a closing handshake. */
  drop(match: ConnectionMatch = {}): void {
    for (const socket of this.#sockets(match)) socket.drop();
  }

  /** Closes WebSockets with a code. */
  close(code: number, match: ConnectionMatch = {}): void {
    for (const socket of this.#sockets(match)) socket.close(code);
  }

  /** Makes WebSockets deaf and mute, but leaves them open. */
  hang(match: ConnectionMatch = {}): void {
    for (const socket of this.#sockets(match)) socket.hang();
  }

  /** Sends a frame of any content. */
  send(message: ProtocolMessage, match: ConnectionMatch = {}): void {
    for (const socket of this.#sockets(match)) socket.inject(message);
  }

  /** Sends DISCONNECTED and closes the WebSockets. */
  disconnect(error?: ErrorInfoValues, match: ConnectionMatch = {}): void {
    for (const socket of this.#sockets(match)) {
      socket.inject({ action: Action.Disconnected, ...withError(error) });
      socket.close(1000);
    }
  }

  /** Sends a fatal ERROR and closes the WebSockets. */
  fail(error: ErrorInfoValues, match: ConnectionMatch = {}): void {
    for (const socket of this.#sockets(match)) {
      socket.inject({ action: Action.Error, ...withError(error) });
      socket.close(1000);
    }
  }

  /** Detaches a channel without being asked. */
  detach(channel: string, error?: ErrorInfoValues, match: ConnectionMatch = {}): void {
    for (const socket of this.#sockets({ ...match, channel })) {
      socket.forgetChannel(channel);
      socket.inject({ action: Action.Detached, channel, ...withError(error) });
    }
  }

  /** Sends an ERROR for a channel, which makes it FAILED. */
  failChannel(channel: string, error: ErrorInfoValues, match: ConnectionMatch = {}): void {
    for (const socket of this.#sockets({ ...match, channel })) {
      socket.forgetChannel(channel);
      socket.inject({ action: Action.Error, channel, ...withError(error) });
    }
  }

  /** Ends the validity of every token now; live connections are told so. */
  expireTokens(): void {
    this.#scene.expireTokens();
  }

  /** Forgets the state of connections, so that none can be resumed; those that have a transport live on. */
  forgetConnections(): void {
    this.#scene.forgetConnections();
  }

  /** Forgets what could be replayed, so that channels lose continuity when they are attached again. */
  forgetEvents(): void {
    this.#scene.forgetEvents();
  }

  /** Ends all faults. */
  clear(): void {
    for (const rules of [this.#http, this.#connect, this.#fromClient, this.#toClient]) {
      rules.clear();
    }
  }

  /** What happens to an HTTP request, if anything. */
  forRequest(method: string, url: URL): HttpEffect | undefined {
    return effectOf(
      this.#http,
      ({ match }) =>
        (match.method === undefined || match.method === method) &&
        (match.host === undefined || match.host === url.hostname) &&
        matchesPath(match.path, url.pathname),
    );
  }

  /** What happens to a WebSocket that is being opened, if anything. */
  forConnect(url: URL): ConnectEffect | undefined {
    return effectOf(
      this.#connect,
      ({ match }) =>
        (match.host === undefined || match.host === url.hostname) &&
        Object.entries(match.params ?? {}).every(([name, value]) => {
          const given = url.searchParams.get(name);
          return value === "*" ? given !== null : given === value;
        }),
    );
  }

  /** What happens to a frame, if anything. */
  forFrame(
    direction: "in" | "out",
    message: ProtocolMessage,
    connectionId: string | undefined,
  ): FrameEffect | undefined {
    const rules = direction === "in" ? this.#fromClient : this.#toClient;
    if (rules.size === 0) return undefined;
    return effectOf(
      rules,
      ({ match }) =>
        (match.action === undefined || match.action === message.action) &&
        (match.channel === undefined || match.channel === message.channel) &&
        (match.connectionId === undefined || match.connectionId === connectionId),
    );
  }

  #sockets(match: ConnectionMatch): FaultSocket[] {
    return this.#scene.sockets().filter((socket) => socket.matches(match));
  }
}

function addRule<M, E>(
  rules: Set<Rule<M, E>>,
  { match, effect, times }: { match: M; effect: E; times: FaultTimes },
): Fault {
  let seen = 0;
  let fired = 0;
  const { skip = 0, times: most = Infinity } = times;
  const rule: Rule<M, E> = {
    match,
    effect,
    get fired() {
      return fired;
    },
    due() {
      if (seen++ < skip || fired >= most) return false;
      if (++fired >= most) rules.delete(rule);
      return true;
    },
    remove: () => void rules.delete(rule),
    [Symbol.dispose]: () => void rules.delete(rule),
  };
  rules.add(rule);
  return rule;
}

/** The effect of the first fault that matches and is due. */
function effectOf<M, E>(
  rules: Set<Rule<M, E>>,
  matches: (rule: Rule<M, E>) => boolean,
): E | undefined {
  for (const rule of rules) {
    if (matches(rule) && rule.due()) return rule.effect;
  }
  return undefined;
}

function matchesPath(wanted: string | RegExp | undefined, path: string): boolean {
  if (wanted === undefined) return true;
  if (typeof wanted !== "string") return wanted.test(path);
  if (!wanted.includes("*")) return wanted === path;
  const pattern = wanted.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${pattern.join(".*")}$`).test(path);
}

function withError(error: ErrorInfoValues | undefined): Pick<ProtocolMessage, "error"> {
  if (error === undefined) return {};
  const { message, code, statusCode } = error;
  return { error: { message, code, statusCode: statusCode ?? Math.floor(code / 100) } };
}
