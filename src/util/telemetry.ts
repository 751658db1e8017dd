import type { ErrorInfo } from "../errors.ts";

/** An attempt to send an HTTP request to one host; a request that other hosts get too has an attempt for each. */
export interface RequestEvent {
  /** The kind of event. */
  readonly kind: "request";
  /** The HTTP verb. */
  readonly method: string;
  /** The path, without query parameters, such as `/channels/orders/messages`. */
  readonly path: string;
  /** The host. */
  readonly host: string;
  /** The HTTP status; absent if the host did not answer. */
  readonly status?: number;
  /** The time from sending to the end of the response, in milliseconds. */
  readonly duration: number;
  /** The reason why there is no answer. */
  readonly error?: ErrorInfo;
}

/** A token that the client obtained, or failed to obtain, by `authCallback`, `authUrl` or its key. */
export interface TokenEvent {
  /** The kind of event. */
  readonly kind: "token";
  /** The time that it took, in milliseconds. */
  readonly duration: number;
  /** The reason of a failure. */
  readonly error?: unknown;
}

/** A change of the connection's state, or an update in the same state. */
export interface ConnectionTelemetry {
  /** The kind of event. */
  readonly kind: "connection";
  /** The state before. */
  readonly previous: string;
  /** The state now. */
  readonly current: string;
  /** The reason, if there is one. */
  readonly reason?: ErrorInfo;
}

/** A change of a channel's state, or an update in the same state. */
export interface ChannelTelemetry {
  /** The kind of event. */
  readonly kind: "channel";
  /** The name of the channel. */
  readonly channel: string;
  /** The state before. */
  readonly previous: string;
  /** The state now. */
  readonly current: string;
  /** Whether the channel continues where it stopped; if false after an outage, messages may be lost. */
  readonly resumed: boolean;
  /** The reason, if there is one. */
  readonly reason?: ErrorInfo;
}

/** Messages that a channel received, or that the service has accepted. */
export interface MessagesEvent {
  /** The kind of event. */
  readonly kind: "messages";
  /** `"received"` over a connection, or `"published"` and acknowledged, over a connection or HTTP. */
  readonly direction: "received" | "published";
  /** The name of the channel. */
  readonly channel: string;
  /** The number of messages. */
  readonly count: number;
}

/** An event for traces and metrics. It contains no key, token or payload. */
export type TelemetryEvent =
  | RequestEvent
  | TokenEvent
  | ConnectionTelemetry
  | ChannelTelemetry
  | MessagesEvent;

/** Receives the events of a client, at once; it should return quickly. Errors that it throws are ignored. */
export type Telemetry = (event: TelemetryEvent) => void;

/** A {@linkcode Telemetry} that cannot break the client. */
export function harmless(telemetry: Telemetry): Telemetry {
  return (event) => {
    try {
      telemetry(event);
    } catch {
      // Telemetry must not break the client.
    }
  };
}
