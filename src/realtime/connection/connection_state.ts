import type { ErrorInfo } from "../../errors.ts";
import type { MachineRunner } from "../../util/machine_runner.ts";

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
  /** The error that caused the change, if there was one (TA3, RTN4f). */
  readonly reason?: ErrorInfo;
  /**
   * The delay until the client tries to connect again, in milliseconds: 0 after a connection was lost, which is replaced at once.
   * Absent if it will not try (TA2).
   */
  readonly retryIn?: number;
}

/** The id and key by which the service lets a client resume (RTN15b). */
export interface Session {
  /** The id of the connection; `null` if the service has not sent one. */
  readonly id: string | null;
  /** The key that resumes the connection; `null` if the service has not sent one. */
  readonly key: string | null;
}

/** A stretch of time without a connection. */
export interface Outage {
  /** The number of attempts that failed during it (RTB1a). */
  readonly retries: number;
  /** Whether it has lasted longer than the service keeps the state of a connection (RTN14e). */
  readonly ttlExpired: boolean;
  /** Whether the attempt in progress is the one after a refused token (RTN14b). */
  readonly hasRenewedToken: boolean;
}

/** The state of a connection with the data that belongs to it. */
export type ConnectionStatus =
  | { readonly name: "initialized" }
  | {
    readonly name: "connecting";
    readonly outage: Outage;
    readonly session: Session | null;
    /** True while authorize() gets a token: the attempt was given up, and the next one uses that token (RTC8b). */
    readonly isHalted: boolean;
  }
  | { readonly name: "connected"; readonly session: Session }
  | {
    readonly name: "disconnected" | "suspended";
    readonly outage: Outage;
    readonly session: Session | null;
    readonly reason: ErrorInfo;
    /** Whether the next attempt leaves out the primary host, which has sent the client away (RTN17f1). */
    readonly skipPrimary?: boolean | undefined;
  }
  | { readonly name: "closing" }
  | { readonly name: "closed" }
  | { readonly name: "failed" };

/** The end of an attempt to connect, or of a connection. */
export interface Failure {
  /** `"transient"` if a retry may help; `"fatal"` if only a developer can fix the cause. */
  readonly kind: "transient" | "fatal";
  readonly reason: ErrorInfo;
  /** Whether the service refused the token. With a token, this counts instead of `kind`. */
  readonly isTokenError?: boolean;
  /** True if the service sent this error. It is then reported unchanged (RTN4f). */
  readonly fromService?: boolean;
  /** Whether another host may do better (RTN17f). */
  readonly tryOtherHosts?: boolean;
}

/** The means of authentication: a key, a token that the client can replace, or one that it cannot replace. */
export type AuthMeans = "key" | "renewableToken" | "fixedToken";

/** The inputs of the connection's state machine. */
export type ConnectionInput =
  /** The user called connect() (RTN11). */
  | { readonly type: "connect" }
  /** The user called close() (RTN12). */
  | { readonly type: "close" }
  /** The user called authorize(): an attempt with the old credentials is useless (RTC8b). */
  | { readonly type: "authorizing" }
  /** There are new credentials to connect with (RTC8b, RTC8c). */
  | { readonly type: "reauthorized" }
  /**
   * New credentials could not be obtained. `"fatal"` if they were refused for good (RSA4d, RSA15c), `"transient"` if a
   * retry may help (RSA4c).
   */
  | {
    readonly type: "unauthorized";
    readonly kind: "transient" | "fatal";
    readonly reason: ErrorInfo;
  }
  /** The attempt succeeded: the service sent CONNECTED (RTN6). */
  | { readonly type: "opened"; readonly session: Session; readonly error?: ErrorInfo }
  /** The service sent CONNECTED again (RTN24). */
  | { readonly type: "updated"; readonly session: Session; readonly error?: ErrorInfo }
  /** The attempt failed (RTN14), the transport of a connection is gone (RTN15), or the service sent CLOSED. */
  | Failure & {
    readonly type: "failed";
    readonly auth: AuthMeans;
    /** Whether connections have been lost so often that the next attempt must wait. */
    readonly lostTooOften?: boolean;
  }
  /** On Workers: the connection belonged to a request that has ended, and moves to another one. */
  | { readonly type: "moved"; readonly reason: ErrorInfo }
  /** A timer fired. */
  | { readonly type: "due"; readonly timer: ConnectionTimer };

/** The timers of a connection. */
export type ConnectionTimer = "retry" | "suspend" | "close";

/** The changes of the connection that concern all channels (RTL3, RTN11). */
export type ChannelsEvent = "connected" | "offline" | "suspended" | "closed" | "failed" | "reset";

/** The effects of a transition, in order. */
export type ConnectionEffect =
  /** Start an attempt to connect, which resumes the session if there is one, and may leave out the primary host. */
  | { readonly do: "attempt"; readonly skipPrimary?: boolean | undefined }
  /** Abandon the attempt in progress and drop the transport. */
  | { readonly do: "drop" }
  /** Handle this input after the inputs that wait, such as a close() in a listener. */
  | { readonly do: "dispatch"; readonly input: ConnectionInput }
  /** Ask the service to close the connection. */
  | { readonly do: "sendClose" }
  /** Start a timer; the retry timer's delay follows from the state and the number of retries (RTB1). */
  | { readonly do: "start"; readonly timer: ConnectionTimer }
  | { readonly do: "stop"; readonly timer: ConnectionTimer }
  /** Notify the channels. */
  | { readonly do: "channels"; readonly event: ChannelsEvent; readonly reason?: ErrorInfo }
  /** Send the frames without an answer again, then the queued ones (RTN19a, RTL6c2). */
  | { readonly do: "flush"; readonly resumed: boolean }
  /** Fail the frames that wait for an answer or a connection (RTN7d, RTN7e). */
  | { readonly do: "failPending"; readonly reason: ErrorInfo; readonly unlessQueueing: boolean }
  /** Start over: no error, no serials (RTN11d). */
  | { readonly do: "startOver" }
  /** Call the listeners. `retryIn` defaults to the delay of the retry timer. */
  | {
    readonly do: "announce";
    readonly event: ConnectionEvent;
    readonly reason?: ErrorInfo;
    readonly retryIn?: number;
  };

/** The connection's state machine, with the status that it has reached. */
export type ConnectionMachine = MachineRunner<ConnectionStatus, ConnectionInput, ConnectionEffect>;
