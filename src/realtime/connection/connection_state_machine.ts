import { tokenNotRenewable } from "../../auth/auth_errors.ts";
import type { ErrorInfo } from "../../errors.ts";
import { connectionClosed as closedByClient, suspended } from "./connection_errors.ts";
import type {
  ConnectionEffect,
  ConnectionInput,
  ConnectionStatus,
  Outage,
  Session,
} from "./connection_state.ts";

/** The next status, and the effects in their order. */
export type ConnectionTransition = readonly [ConnectionStatus, readonly ConnectionEffect[]];

type FailingStatus = Extract<ConnectionStatus, { name: "connecting" | "connected" | "closing" }>;
type FailedInput = Extract<ConnectionInput, { type: "failed" }>;
type Loss = Pick<FailedInput, "reason" | "tryOtherHosts" | "lostTooOften">;

const NO_OUTAGE: Outage = { retries: 0, ttlExpired: false, hasRenewedToken: false };

/** Ends the transport and all timers. */
const END: readonly ConnectionEffect[] = [
  { do: "drop" },
  { do: "stop", timer: "retry" },
  { do: "stop", timer: "suspend" },
  { do: "stop", timer: "close" },
];

/**
 * The connection as a function from its state and an input to its next state and the effects (RTN27). It holds no timer, socket
 * or clock; the caller carries out the effects in order.
 */
export function transition(status: ConnectionStatus, input: ConnectionInput): ConnectionTransition {
  switch (input.type) {
    case "connect":
      return connect(status);
    case "reauthorized":
      return reauthorized(status);
    case "close":
      return close(status);
    case "authorizing":
      return authorizing(status);
    case "opened":
      return opened(status, input.session, input.error);
    case "updated":
      return updated(status, input.session, input.error);
    case "failed":
      return failed(status, input);
    case "unauthorized":
      return unauthorized(status, input);
    case "moved":
      return moved(status, input.reason);
    case "due":
      return due(status, input.timer);
  }
}

function connect(status: ConnectionStatus): ConnectionTransition {
  switch (status.name) {
    case "connecting":
    case "connected":
      return [status, []]; // RTN11e
    case "disconnected":
    case "suspended":
      return retry(status); // RTN11c
    case "closing":
      // RTN11b: the old transport is dropped, so its CLOSED is not received.
      return connectAnew([
        { do: "stop", timer: "close" },
        { do: "drop" },
        { do: "failPending", reason: closedByClient(), unlessQueueing: false },
        { do: "channels", event: "closed" }, // RTL3b
        { do: "channels", event: "reset" },
        { do: "startOver" },
      ]);
    case "closed":
    case "failed":
      return connectAnew([{ do: "channels", event: "reset" }, { do: "startOver" }]); // RTN11d
    case "initialized":
      return connectAnew([]);
  }
}

function connectAnew(effects: readonly ConnectionEffect[]): ConnectionTransition {
  return [
    { name: "connecting", outage: NO_OUTAGE, session: null, isHalted: false },
    [...effects, { do: "announce", event: "connecting" }, { do: "attempt" }],
  ];
}

function retry(
  status: Extract<ConnectionStatus, { name: "disconnected" | "suspended" }>,
  effects: readonly ConnectionEffect[] = [],
): ConnectionTransition {
  const { outage, session, skipPrimary } = status;
  return [
    { name: "connecting", outage, session, isHalted: false },
    [
      { do: "stop", timer: "retry" },
      ...effects,
      { do: "announce", event: "connecting" },
      // RTN14h: the service decides whether the session can be resumed, however old it is.
      { do: "attempt", skipPrimary },
    ],
  ];
}

/** RTC8b: halts the attempt in progress, or the one that is about to follow a lost connection. */
function authorizing(status: ConnectionStatus): ConnectionTransition {
  if (status.name === "disconnected" && status.outage.retries === 0) {
    const { outage, session } = status;
    return [
      { name: "connecting", outage, session, isHalted: true },
      [{ do: "announce", event: "connecting" }],
    ];
  }
  if (status.name !== "connecting" || status.isHalted) return [status, []];
  return [{ ...status, isHalted: true }, [{ do: "drop" }]];
}

function reauthorized(status: ConnectionStatus): ConnectionTransition {
  return status.name === "connecting" ? attemptAgain(status, []) : connect(status); // RTC8b, RTC8c
}

/** Starts the attempt in progress from the beginning. */
function attemptAgain(
  status: Extract<ConnectionStatus, { name: "connecting" }>,
  effects: readonly ConnectionEffect[],
): ConnectionTransition {
  return [
    { ...status, isHalted: false },
    [{ do: "drop" }, ...effects, { do: "attempt" }],
  ];
}

function close(status: ConnectionStatus): ConnectionTransition {
  switch (status.name) {
    case "connecting": // RTN12f
      return [
        { name: "closing" },
        [
          { do: "stop", timer: "suspend" },
          { do: "start", timer: "close" },
          { do: "announce", event: "closing" },
          // Without an attempt in progress there is no outcome to wait for.
          ...(status.isHalted ? [dispatchDue("close")] : []),
        ],
      ];
    case "connected": // RTN12a
      return [
        { name: "closing" },
        [
          { do: "sendClose" },
          { do: "start", timer: "close" },
          { do: "channels", event: "offline" },
          { do: "announce", event: "closing" },
        ],
      ];
    case "initialized": // Queued messages and pending attachments must fail, not wait without end.
    case "disconnected":
    case "suspended": // RTN12d
      return becomeClosed();
    default:
      return [status, []];
  }
}

function opened(
  status: ConnectionStatus,
  session: Session,
  error: ErrorInfo | undefined,
): ConnectionTransition {
  if (status.name === "closing") { // RTN12f
    return [status, [{ do: "sendClose" }, { do: "start", timer: "close" }]];
  }
  if (status.name !== "connecting") return [status, []];
  // RTN15c6, RTN15c7: another connection id means that nothing was resumed. The id of a connection to recover is not known;
  // there, an error means that it was not recovered.
  const resumed = status.session === null ? error === undefined : status.session.id === session.id;
  return [
    { name: "connected", session },
    [
      { do: "stop", timer: "suspend" },
      { do: "channels", event: "connected" }, // RTL3d1: before the listeners are called
      { do: "flush", resumed },
      { do: "announce", event: "connected", reason: error },
    ],
  ];
}

function updated(
  status: ConnectionStatus,
  session: Session,
  error: ErrorInfo | undefined,
): ConnectionTransition {
  if (status.name !== "connected") return [status, []];
  return [{ name: "connected", session }, [{ do: "announce", event: "update", reason: error }]]; // RTN24
}

function failed(status: ConnectionStatus, failure: FailedInput): ConnectionTransition {
  if (status.name !== "connecting" && status.name !== "connected" && status.name !== "closing") {
    return [status, []]; // A connection that has ended cannot fail.
  }
  return failure.isTokenError && failure.auth !== "key"
    ? tokenRefused(status, failure)
    : connectionFailed(status, failure);
}

function tokenRefused(status: FailingStatus, failure: FailedInput): ConnectionTransition {
  if (status.name === "closing") return connectionFailed(status, failure);
  if (failure.auth === "fixedToken") return becomeFailed(tokenNotRenewable(failure.reason)); // RSA4a2, RTN15h1
  if (status.name === "connected") {
    return lost(status.session, failure, { hasRenewedToken: true }); // RTN15h2
  }
  if (status.outage.hasRenewedToken) {
    return becomeOffline(status, failure.reason, failure.fromService);
  }
  return attemptAgain({ ...status, outage: { ...status.outage, hasRenewedToken: true } }, []); // RTN14b
}

function connectionFailed(status: FailingStatus, failure: FailedInput): ConnectionTransition {
  const { kind, reason, fromService } = failure;
  if (status.name === "closing") return becomeClosed(fromService ? reason : undefined); // RTN12c, RTN12f
  if (kind === "fatal") return becomeFailed(reason); // RTN14a, RTN14g, RSA4d, RTN15c4, RTN15j
  return status.name === "connected"
    ? lost(status.session, failure)
    : becomeOffline(status, reason, fromService); // RTN14d
}

function unauthorized(
  status: ConnectionStatus,
  { kind, reason }: Extract<ConnectionInput, { type: "unauthorized" }>,
): ConnectionTransition {
  if (status.name === "closing" || status.name === "failed") return [status, []];
  if (kind === "fatal") return becomeFailed(reason); // RSA4d
  // RSA4c2, RSA4c3: a connection, or an attempt in progress, goes on with the old credentials.
  return status.name === "connecting" && status.isHalted
    ? becomeOffline(status, reason)
    : [status, []];
}

/**
 * RTN15a, RTN15h2, RTN15h3, RTN15c5: connect again at once, but after a delay if it is lost again and again. RTN15h2i: the
 * connection is `disconnected` until its listeners were called. Nothing that waits for an answer fails then (RTN7d): the retry
 * follows without a delay.
 */
function lost(
  session: Session,
  { reason, tryOtherHosts, lostTooOften }: Loss,
  { hasRenewedToken = false } = {},
): ConnectionTransition {
  if (lostTooOften) {
    const [status, effects] = becomeOffline({ outage: NO_OUTAGE, session }, reason);
    return [status, [{ do: "channels", event: "offline" }, ...effects]];
  }
  return [
    {
      name: "disconnected",
      outage: { ...NO_OUTAGE, hasRenewedToken },
      session,
      reason,
      skipPrimary: tryOtherHosts,
    },
    [
      { do: "drop" },
      { do: "channels", event: "offline" },
      { do: "announce", event: "disconnected", reason, retryIn: 0 },
      dispatchDue("retry"),
    ],
  ];
}

/** The timers and the attempt of the request that has ended do nothing any more, so both are started again. */
function moved(status: ConnectionStatus, reason: ErrorInfo): ConnectionTransition {
  const suspendTimer = "outage" in status && status.outage.retries > 0 && !status.outage.ttlExpired
    ? [{ do: "stop", timer: "suspend" } as const, { do: "start", timer: "suspend" } as const]
    : [];
  switch (status.name) {
    case "connected":
      return lost(status.session, { reason });
    case "connecting":
      return attemptAgain(status, suspendTimer);
    case "disconnected":
    case "suspended":
      return retry(status, suspendTimer);
    case "closing":
      return becomeClosed();
    default:
      return [status, []];
  }
}

function becomeOffline(
  { outage: before, session }: { outage: Outage; session: Session | null },
  reason: ErrorInfo,
  fromService?: boolean,
): ConnectionTransition {
  const outage = { ...before, retries: before.retries + 1, hasRenewedToken: false };
  if (outage.ttlExpired) {
    const cause = fromService ? reason : suspended(reason); // RTN4f
    return becomeSuspended({ outage, session }, cause);
  }
  return [
    { name: "disconnected", outage, session, reason },
    [
      { do: "drop" },
      { do: "start", timer: "retry" },
      // RTN14e: the time since the first failure decides when the connection is suspended.
      ...(before.retries === 0 ? [{ do: "start", timer: "suspend" } as const] : []),
      { do: "failPending", reason, unlessQueueing: true }, // RTN7d
      { do: "announce", event: "disconnected", reason },
    ],
  ];
}

function becomeSuspended(
  { outage, session }: { outage: Outage; session: Session | null },
  reason: ErrorInfo,
): ConnectionTransition {
  return [
    { name: "suspended", outage, session, reason },
    [
      { do: "drop" },
      { do: "stop", timer: "retry" },
      { do: "start", timer: "retry" }, // RTN14f
      { do: "failPending", reason, unlessQueueing: false }, // RTN7e
      { do: "channels", event: "suspended", reason }, // RTL3c
      { do: "announce", event: "suspended", reason },
    ],
  ];
}

function becomeFailed(reason: ErrorInfo): ConnectionTransition {
  return [
    { name: "failed" },
    [
      ...END,
      { do: "failPending", reason, unlessQueueing: false }, // RTN7e
      { do: "channels", event: "failed", reason },
      { do: "announce", event: "failed", reason },
    ],
  ];
}

function becomeClosed(reason?: ErrorInfo): ConnectionTransition {
  return [
    { name: "closed" },
    [
      ...END,
      { do: "failPending", reason: reason ?? closedByClient(), unlessQueueing: false }, // RTN7e
      { do: "channels", event: "closed" },
      { do: "announce", event: "closed", reason },
    ],
  ];
}

/** Acts as if a timer had fired. */
function dispatchDue(timer: "retry" | "close"): ConnectionEffect {
  return { do: "dispatch", input: { type: "due", timer } };
}

function due(status: ConnectionStatus, timer: "retry" | "suspend" | "close"): ConnectionTransition {
  switch (timer) {
    case "retry":
      return status.name === "disconnected" || status.name === "suspended"
        ? retry(status)
        : [status, []];
    case "close":
      return status.name === "closing" ? becomeClosed() : [status, []]; // RTN12b
    case "suspend":
      return suspend(status);
  }
}

function suspend(status: ConnectionStatus): ConnectionTransition {
  if (status.name !== "connecting" && status.name !== "disconnected") return [status, []];
  const outage = { ...status.outage, ttlExpired: true };
  if (status.name === "connecting") return [{ ...status, outage }, []]; // The attempt in progress may still succeed.
  const { session, reason } = status;
  return becomeSuspended({ outage, session }, suspended(reason));
}
