import type { ActionName } from "../core/frame_action.ts";
import type { ErrorChoice } from "../core/known_errors.ts";
import type { ProtocolMessage } from "../../protocol/protocol_message.ts";

/** A filter for HTTP requests. Absent members match everything. */
export interface HttpMatch {
  /** Such as `"POST"`. */
  method?: string;
  /** The path: the whole path, in which `*` stands for any text, or a pattern. */
  path?: string | RegExp;
  /** The host name. */
  host?: string;
}

/** The effect of a fault on an HTTP request. */
export type HttpEffect =
  /** The connection is refused; the request is not handled. */
  | { refuse: true }
  /** There is no response until the client gives up. */
  | { hang: true }
  /** The request is handled after this number of milliseconds. */
  | { delay: number }
  /** This response is sent; the request is not handled. */
  | { respond: { status: number; body?: unknown; headers?: Record<string, string> } }
  /** This error is sent as Ably would send it; the request is not handled. */
  | { error: ErrorChoice }
  /** The request is handled, but the connection breaks before the response arrives. */
  | { drop: true };

/** A filter for WebSockets. Absent members match everything. */
export interface ConnectMatch {
  /** The host name. */
  host?: string;
  /** Required query parameters with their values; `"*"` matches every value. */
  params?: Record<string, string>;
}

/** The effect of a fault on a WebSocket that is being opened. */
export type ConnectEffect =
  /** It cannot be opened. */
  | { refuse: true }
  /** It never opens. */
  | { hang: true }
  /** It opens after this number of milliseconds. */
  | { delay: number }
  /** It opens and is closed at once. */
  | { close: number }
  /** It opens, receives only this frame, and is closed with the code if one is given. */
  | { send: ProtocolMessage; close?: number };

/** A filter for frames. Absent members match everything. */
export interface FrameMatch {
  /** The protocol's action, by name or by number. */
  action?: ActionName | number;
  /** The channel's name. */
  channel?: string;
  /** The connection's id. */
  connectionId?: string;
}

/** The effect of a fault on a frame. */
export type FrameEffect =
  /** It is lost. */
  | { swallow: true }
  /**
   * It is not handled, and the client receives this error: in a NACK, in an ERROR for its channel, or in an ERROR that ends the
   * connection.
   */
  | { error: ErrorChoice }
  /** It waits for this number of milliseconds, and later frames in its direction wait behind it. */
  | { delay: number }
  /** Another frame takes its place. */
  | { replace: ProtocolMessage | ((message: ProtocolMessage) => ProtocolMessage) }
  /** These frames are sent before it. */
  | { before: ProtocolMessage[] }
  /** These frames are sent after it. */
  | { after: ProtocolMessage[] }
  /** It is lost, and the WebSocket breaks without a closing handshake. */
  | { drop: true }
  /** It is lost, and the WebSocket is closed with this code. */
  | { close: number }
  /** All frames in both directions are lost from now on; the WebSocket stays open. */
  | { hang: true };

/** The number of times that a fault applies. */
export interface FaultTimes {
  /** The number of times. Defaults to every time. */
  times?: number | null;
  /** The number of matches to let pass first. Defaults to 0. */
  skip?: number | null;
}

/** A fault that was added. */
export interface Fault extends Disposable {
  /** The number of times it has applied. */
  readonly fired: number;
  /** Removes the fault. */
  remove(): void;
}

/** A filter for live connections. Absent members match all. */
export interface ConnectionMatch {
  /** The connection's id. */
  connectionId?: string;
  /** The clientId of the connection. */
  clientId?: string;
  /** A channel that they are attached to. */
  channel?: string;
}

/**
 * Injects faults deliberately.
 *
 * `http`, `connect`, `fromClient` and `toClient` add faults for future requests, WebSockets and frames; the other methods act
 * at once on open connections.
 *
 * @example The next publish gets a server error
 * ```ts
 * import { createService } from "@ably-edge/sdk/testing";
 *
 * await using service = createService();
 * service.faults.http({ method: "POST" }, { error: 50000 }, { times: 1 });
 * ```
 *
 * An error is a code of Ably's, or an object with a message and a code.
 */
export interface Faults {
  /** Adds a fault for HTTP requests. */
  http(match: HttpMatch, effect: HttpEffect, times?: FaultTimes | null): Fault;
  /** Adds a fault for WebSockets that are being opened. */
  connect(match: ConnectMatch, effect: ConnectEffect, times?: FaultTimes | null): Fault;
  /** Adds a fault for frames from clients. */
  fromClient(match: FrameMatch, effect: FrameEffect, times?: FaultTimes | null): Fault;
  /** Adds a fault for frames to clients. */
  toClient(match: FrameMatch, effect: FrameEffect, times?: FaultTimes | null): Fault;
  /** Breaks WebSockets without a closing handshake. */
  drop(match?: ConnectionMatch | null): void;
  /** Closes WebSockets with a code. */
  close(code: number, match?: ConnectionMatch | null): void;
  /** Loses all frames of WebSockets in both directions, but leaves them open. */
  hang(match?: ConnectionMatch | null): void;
  /** Sends a frame with any content. No fault applies to it. */
  send(message: ProtocolMessage, match?: ConnectionMatch | null): void;
  /** Sends DISCONNECTED and closes the WebSockets. */
  disconnect(error?: ErrorChoice | null, match?: ConnectionMatch | null): void;
  /** Sends a fatal ERROR and closes the WebSockets. */
  fail(error: ErrorChoice, match?: ConnectionMatch | null): void;
  /** Detaches a channel without a request of the client. */
  detach(channel: string, error?: ErrorChoice | null, match?: ConnectionMatch | null): void;
  /** Sends an ERROR for a channel, which makes the channel fail. */
  failChannel(channel: string, error: ErrorChoice, match?: ConnectionMatch | null): void;
  /** Makes every token expire now. Live connections receive an error. */
  expireTokens(): void;
  /** Forgets the state of connections, so that they cannot be resumed. Those with a transport continue. */
  forgetConnections(): void;
  /** Forgets the stored events, so that channels lose continuity when they are attached again. */
  forgetEvents(): void;
  /** Removes all faults that were added. */
  clear(): void;
}
