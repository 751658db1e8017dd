import type { ErrorInfoValues } from "../../errors.ts";
import type { ProtocolMessage } from "../../protocol/protocol_message.ts";

/** Which HTTP requests a fault is for; what is left out matches everything. */
export interface HttpMatch {
  /** Such as `"POST"`. */
  method?: string;
  /** The path: the whole of it, in which `*` stands for anything, or what it matches. */
  path?: string | RegExp;
  /** The host name. */
  host?: string;
}

/** The effect of a fault on an HTTP request. */
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

/** The effect of a fault on a WebSocket that is being opened. */
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
  /** The channel's name. */
  channel?: string;
  /** The connection's id. */
  connectionId?: string;
}

/** The effect of a fault on a frame. */
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

/** The number of times that a fault happens. */
export interface FaultTimes {
  /** The number of times. Defaults to every time. */
  times?: number | null;
  /** The number of matches to let pass first. Defaults to 0. */
  skip?: number | null;
}

/** A fault that was set. */
export interface Fault extends Disposable {
  /** The number of times it has happened. */
  readonly fired: number;
  /** Ends it. */
  remove(): void;
}

/** Which live connections are meant; what is left out means all. */
export interface ConnectionMatch {
  /** The connection's id. */
  connectionId?: string;
  /** The clientId of the connection. */
  clientId?: string;
  /** A channel that they are attached to. */
  channel?: string;
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
export interface Faults {
  /** Sets a fault for HTTP requests. */
  http(match: HttpMatch, effect: HttpEffect, times?: FaultTimes | null): Fault;
  /** Sets a fault for WebSockets that are being opened. */
  connect(match: ConnectMatch, effect: ConnectEffect, times?: FaultTimes | null): Fault;
  /** Sets a fault for frames from clients. */
  fromClient(match: FrameMatch, effect: FrameEffect, times?: FaultTimes | null): Fault;
  /** Sets a fault for frames to clients. */
  toClient(match: FrameMatch, effect: FrameEffect, times?: FaultTimes | null): Fault;
  /** Breaks WebSockets without a closing handshake. */
  drop(match?: ConnectionMatch | null): void;
  /** Closes WebSockets with a code. */
  close(code: number, match?: ConnectionMatch | null): void;
  /** Makes WebSockets deaf and mute, but leaves them open. */
  hang(match?: ConnectionMatch | null): void;
  /** Sends a frame of any content, untouched by other faults. */
  send(message: ProtocolMessage, match?: ConnectionMatch | null): void;
  /** Sends DISCONNECTED and closes the WebSockets. */
  disconnect(error?: ErrorInfoValues | null, match?: ConnectionMatch | null): void;
  /** Sends a fatal ERROR and closes the WebSockets. */
  fail(error: ErrorInfoValues, match?: ConnectionMatch | null): void;
  /** Detaches a channel without being asked. */
  detach(channel: string, error?: ErrorInfoValues | null, match?: ConnectionMatch | null): void;
  /** Sends an ERROR for a channel, which makes it FAILED. */
  failChannel(channel: string, error: ErrorInfoValues, match?: ConnectionMatch | null): void;
  /** Ends the validity of every token now; live connections get an error. */
  expireTokens(): void;
  /** Forgets the state of connections, so that none can be resumed; those that have a transport live on. */
  forgetConnections(): void;
  /** Forgets what could be replayed, so that channels lose continuity when they are attached again. */
  forgetEvents(): void;
  /** Ends all faults that were set. */
  clear(): void;
}
