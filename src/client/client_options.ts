import type { AuthOptions } from "../auth/auth_options.ts";
import type { OldHostOptions } from "../compat/old_hosts.ts";
import type { LiveObjectsPlugin } from "../liveobjects/core/plugin_interface.ts";
import type { Codec } from "../protocol/codec.ts";
import type { TokenParams } from "../token/token_request.ts";
import type { Clock } from "../util/clock.ts";
import type { Telemetry } from "../util/telemetry.ts";
import type { LogHandler, LogLevel, LogLevels } from "../util/logger.ts";
import type { RandomSource } from "../util/random.ts";

/** A value that goes into a query string as text (RTC1f). */
export type Stringifiable = string | number | boolean;

/** Reconstructs a message from its predecessor and a delta; replaces the built-in decoder (VD1, VD2a). */
export interface VCDiffDecoder {
  /**
   * Applies a delta.
   *
   * @param delta The delta in VCDIFF (RFC 3284).
   * @param base The payload that it was made against (PC3a).
   */
  decode(delta: Uint8Array, base: Uint8Array): Uint8Array;
}

/** Parts of the client that can be added or replaced (TO3o). */
export interface Plugins {
  /** The MessagePack codec. Clients from the root entry have it built in. */
  msgpack?: Codec;
  /** Replaces the built-in delta decoder (PC3, PT2a). */
  vcdiff?: VCDiffDecoder;
  /** The plugin for `channel.object`: the `LiveObjects` of `@ably-edge/sdk/liveobjects` (PC5, PT2b). */
  LiveObjects?: LiveObjectsPlugin;
}

/** A constructor of WebSockets, such as `globalThis.WebSocket`. */
export type WebSocketConstructor = new (url: string) => WebSocket;

/**
 * The options of a client (TO1). All times are in milliseconds. `null` is the same as leaving an option out.
 *
 * @example A client that reports its errors
 * ```ts
 * import { type ClientOptions, Realtime } from "@ably-edge/sdk";
 *
 * const options: ClientOptions = {
 *   key: "appId.keyId:secret",
 *   clientId: "ann",
 *   disconnectedRetryTimeout: 5_000,
 *   logLevel: "error",
 *   logHandler: (message, level) => console.error(`${level}: ${message}`),
 * };
 * await using client = new Realtime(options);
 * await client.connect();
 * console.log(client.clientId); // ann
 * ```
 */
export interface ClientOptions extends AuthOptions, OldHostOptions {
  /** The clientId of this client (TO3a). Not `"*"` (RSA7c). */
  clientId?: string | null;
  /** The default parameters of tokens (TO3j11). */
  defaultTokenParams?: TokenParams | null;

  /** A host name, a routing policy id such as `"main"`, or `"nonprod:<id>"`. Defaults to `"main"` (TO3k8, REC1). */
  endpoint?: string | null;
  /** Hosts to try when the primary one fails. Defaults to those of the endpoint; `[]` disables fallback (TO3k6, REC2). */
  fallbackHosts?: string[] | null;
  /** The port without TLS. Defaults to 80 (TO3k4). */
  port?: number | null;
  /** The port with TLS. Defaults to 443 (TO3k5). */
  tlsPort?: number | null;
  /** Whether to use TLS. Defaults to true. Without it a key is only sent to a loopback `endpoint` (TO3d, RSC18). */
  tls?: boolean | null;
  /**
   * The URL to request before fallback hosts are tried, to check that there is an internet connection at all. Defaults to
   * `"https://internet-up.ably-realtime.com/is-the-internet-up.txt"` (REC3a, REC3b).
   */
  connectivityCheckUrl?: string | null;

  /** Whether to use MessagePack. Defaults to true if the codec is built in or given in `plugins` (TO3f). */
  useBinaryProtocol?: boolean | null;
  /** Whether to add ids to REST publishes, so that a retry does not make a second message. Defaults to true (TO3n). */
  idempotentRestPublishing?: boolean | null;
  /** Whether to add a `request_id` to every REST request, which logs and errors contain. Defaults to false (TO3p). */
  addRequestIds?: boolean | null;
  /** Whether operations that cannot have an effect fail instead of logging a warning. Defaults to false (TO3r, TO3r1). */
  strictMode?: boolean | null;
  /**
   * The time that opening an HTTP connection may take. Defaults to 4000. It has no effect, because `fetch` does not report when
   * a connection is open; `httpRequestTimeout` includes that time (TO3l3).
   */
  httpOpenTimeout?: number | null;
  /** The time that one HTTP request may take. Defaults to 10000 (TO3l4). */
  httpRequestTimeout?: number | null;
  /** The number of fallback hosts to try. Defaults to 3 (TO3l5). */
  httpMaxRetryCount?: number | null;
  /** The time after which no further fallback host is tried. Defaults to 15000 (TO3l6). */
  httpMaxRetryDuration?: number | null;
  /** The time to stay with a fallback host that worked. Defaults to 600000 (TO3l10). */
  fallbackRetryTimeout?: number | null;
  /** The largest size of one publish, in bytes. Defaults to 65536; the service may set another value (TO3l8). */
  maxMessageSize?: number | null;
  /** The largest size of one request body or frame, in bytes. Defaults to 524288; the service may set another value (TO3l9). */
  maxFrameSize?: number | null;

  /** Whether a realtime client connects when it is made. Defaults to true (TO3e, RTC1b). */
  autoConnect?: boolean | null;
  /** Whether to receive messages that this connection has published. Defaults to true (TO3h, RTC1a). */
  echoMessages?: boolean | null;
  /** Whether to queue messages that are published while there is no connection. Defaults to true (TO3g). */
  queueMessages?: boolean | null;
  /** A key from `connection.createRecoveryKey()` of an earlier client (TO3i, RTC1c, RTN16i). */
  recover?: string | null;
  /** Query parameters to add to the connection request (TO3q, RTC1f). */
  transportParams?: Record<string, Stringifiable> | null;
  /** The time to wait for the service to connect, attach, detach, close or answer a ping. Defaults to 10000 (TO3l11). */
  realtimeRequestTimeout?: number | null;
  /** The delay before connecting again; grows with each failure. Defaults to 15000 (TO3l1, RTB1). */
  disconnectedRetryTimeout?: number | null;
  /** The delay before connecting again once suspended. Defaults to 30000 (TO3l2). */
  suspendedRetryTimeout?: number | null;
  /** The delay before attaching a suspended channel again; grows with each failure. Defaults to 15000 (TO3l7). */
  channelRetryTimeout?: number | null;
  /**
   * The time without a connection after which it is suspended. Defaults to 120000; the service may set another value (DF1a).
   */
  connectionStateTtl?: number | null;

  /**
   * The amount of logging, by name or by number; see {@linkcode LogLevel}. Defaults to `"warn"` (TO3b, RSC2). An object
   * gives levels by part: `{ default: "error", connection: "debug" }`.
   */
  logLevel?: LogLevel | number | LogLevels | null;
  /** Receives log messages. Defaults to the console (TO3c). */
  logHandler?: LogHandler | null;
  /** Receives events for traces and metrics: requests, tokens, states and numbers of messages; see {@linkcode TelemetryEvent}. */
  telemetry?: Telemetry | null;

  /**
   * Whether Ably counts this client as a server or as a device. With a key, the default is a server. Clients with a
   * token are classified by the token alone.
   */
  clientType?: "server" | "device" | null;
  /** Products to name in the agent string. Only for use by SDKs that Ably authors (RSC7d6, RSC7d6b). */
  agents?: Record<string, string | boolean | undefined> | null;
  /** Parts of the client that can be added or replaced (TO3o). */
  plugins?: Plugins | null;

  /** Used instead of `globalThis.fetch`. */
  fetch?: typeof fetch | null;
  /** Used instead of `globalThis.WebSocket`. */
  WebSocket?: WebSocketConstructor | null;
  /** Used instead of the runtime's clock and timers. */
  clock?: Clock | null;
  /** Used instead of the runtime's random numbers. */
  random?: RandomSource | null;
}
