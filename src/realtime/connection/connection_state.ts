import type { ErrorInfo } from "../../errors.ts";

/** The states of a connection (RTN27a–RTN27h). */
export type ConnectionState =
  | "initialized"
  | "connecting"
  | "connected"
  | "disconnected"
  | "suspended"
  | "closing"
  | "closed"
  | "failed";

/** A state that was entered, or `"update"` for a change within `connected` (RTN4a, RTN4h). */
export type ConnectionEvent = ConnectionState | "update";

/** A state change, as the listeners of a connection receive it (TA1, RTN4e). */
export interface ConnectionStateChange {
  /** The state now (TA2). */
  readonly current: ConnectionState;
  /** The state before (TA2). */
  readonly previous: ConnectionState;
  /** The event (TA5). */
  readonly event: ConnectionEvent;
  /** Why, if there is more to say (TA3, RTN4f). */
  readonly reason?: ErrorInfo;
  /** In how many milliseconds the client will try to connect again, if it will (TA2). */
  readonly retryIn?: number;
}

/** The id and key by which the service lets a client resume (RTN15b). */
export interface Session {
  /** The id of the connection; `null` if the service has not said it. */
  readonly id: string | null;
  /** The key that resumes the connection; `null` if the service has not sent one. */
  readonly key: string | null;
}

/** A stretch of time without a connection. */
export interface Outage {
  /** The number of attempts that failed during it (RTB1a). */
  readonly retries: number;
  /** Whether it has lasted longer than the service keeps state (RTN14e). */
  readonly overdue: boolean;
  /** Whether the token was renewed for the attempt in progress (RTN14b). */
  readonly hasRenewedToken: boolean;
}

/** The state of a connection with the data that belongs to it. */
export type ConnectionStatus =
  | { readonly name: "initialized" }
  | { readonly name: "connecting"; readonly outage: Outage; readonly session: Session | null }
  | { readonly name: "connected"; readonly session: Session }
  | {
    readonly name: "disconnected" | "suspended";
    readonly outage: Outage;
    readonly session: Session | null;
    readonly reason: ErrorInfo;
  }
  | { readonly name: "closing"; readonly asked: boolean }
  | { readonly name: "closed" }
  | { readonly name: "failed" };

/**
 * Why there is no connection: something that may pass, a token that a new one can replace, or something that only the
 * developer can mend.
 */
export type FailureKind = "transient" | "token" | "fatal";

/** The end of an attempt to connect, or of a connection. */
export interface Failure {
  readonly kind: FailureKind;
  readonly reason: ErrorInfo;
  /** How to treat the failure when the client uses a key and so has no token to renew. Defaults to `"transient"`. */
  readonly otherwise?: FailureKind;
  /** Whether the reason is the error of a frame, which no other one stands in for (RTN4f). */
  readonly fromService?: boolean;
  /** Whether another host may do better (RTN17f). */
  readonly tryOtherHosts?: boolean;
}

/** The inputs of the connection's state machine. */
export type ConnectionInput =
  /** The user wants a connection (RTN11). */
  | { readonly type: "connect" }
  /** The user wants it closed (RTN12). */
  | { readonly type: "close" }
  /** There are new credentials to connect with (RTC8b, RTC8c). */
  | { readonly type: "reauthorized" }
  /** The attempt succeeded: the service said CONNECTED (RTN6). */
  | { readonly type: "opened"; readonly session: Session; readonly error?: ErrorInfo }
  /** The service said CONNECTED again (RTN24). */
  | { readonly type: "updated"; readonly session: Session; readonly error?: ErrorInfo }
  /**
   * The attempt failed (RTN14), or the transport of a connection is gone (RTN15); `pause` if connections have been lost
   * too often of late to connect at once.
   */
  | Failure & { readonly type: "failed"; readonly pause?: boolean }
  /** The credentials that the user asked for were refused for good (RSA4d, RSA15c). */
  | { readonly type: "unauthorized"; readonly reason: ErrorInfo }
  /** The service said CLOSED, and perhaps why. */
  | { readonly type: "closed"; readonly reason?: ErrorInfo; readonly pause?: boolean }
  /** The connection belonged to a request that has ended, on Workers, and goes on in another one. */
  | { readonly type: "moved"; readonly reason: ErrorInfo }
  /** A timer fired. */
  | { readonly type: "due"; readonly timer: ConnectionTimer };

/** The timers of a connection. */
export type ConnectionTimer = "retry" | "suspend" | "close";

/** The changes of the connection that concern all channels (RTL3, RTN11). */
export type ChannelsEvent = "connected" | "offline" | "suspended" | "closed" | "failed" | "reset";

/** The effects of a transition, in order. */
export type ConnectionEffect =
  /** Start an attempt to connect, resuming a session if there is one; at another host first if that is wanted. */
  | { readonly do: "attempt"; readonly session: Session | null; readonly skipPrimary?: boolean }
  /** Give up the attempt in progress and let go of the transport. */
  | { readonly do: "drop" }
  /** Forget the token, so that the next attempt gets a new one. */
  | { readonly do: "renew" }
  /** Ask the service to close the connection. */
  | { readonly do: "sendClose" }
  /** Start a timer; the retry timer's delay follows from the number of retries (RTB1). */
  | { readonly do: "start"; readonly timer: "suspend" | "close" }
  | {
    readonly do: "start";
    readonly timer: "retry";
    readonly from: "disconnected" | "suspended";
    readonly retries: number;
  }
  | { readonly do: "stop"; readonly timer: ConnectionTimer }
  /** Tell the channels. */
  | { readonly do: "channels"; readonly event: ChannelsEvent; readonly reason?: ErrorInfo }
  /** Send again what awaits an answer, then what was queued (RTN19a, RTL6c2). */
  | { readonly do: "flush"; readonly resumed: boolean }
  /** Fail what awaits an answer or a connection (RTN7d, RTN7e). */
  | { readonly do: "failPending"; readonly reason: ErrorInfo; readonly unlessQueueing: boolean }
  /** Start over: no error, no serials (RTN11d). */
  | { readonly do: "forget" }
  /** Tell the listeners. */
  | { readonly do: "announce"; readonly event: ConnectionEvent; readonly reason?: ErrorInfo };
