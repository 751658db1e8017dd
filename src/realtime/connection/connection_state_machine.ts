import type { ErrorInfo } from "../../errors.ts";
import {
  closedByService,
  connectionClosed as closedByClient,
  suspended,
} from "./connection_errors.ts";
import type {
  ConnectionEffect,
  ConnectionInput,
  ConnectionStatus,
  Outage,
  Session,
} from "./connection_state.ts";

/** A status and what has to be done about it. */
export type ConnectionTransition = readonly [ConnectionStatus, readonly ConnectionEffect[]];

const NO_OUTAGE: Outage = { retries: 0, overdue: false, hasRenewedToken: false };

/**
 * The connection as a function from its state and an input to its next state and the effects (RTN27). It holds no timer, socket or clock; the caller carries out the effects in order.
 */
export function transition(status: ConnectionStatus, input: ConnectionInput): ConnectionTransition {
  switch (input.type) {
    case "connect":
      return connect(status);
    case "reauthorized":
      return reauthorized(status);
    case "close":
      return close(status);
    case "opened":
      return opened(status, input.session, input.error);
    case "updated":
      return updated(status, input.session, input.error);
    case "failed":
      return failed(status, input);
    case "unauthorized":
      return unauthorized(status, input.reason);
    case "closed":
      return closed(status, input.reason, input.pause);
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
      return retry(status, [{ do: "stop", timer: "retry" }]); // RTN11c
    case "closing":
      // RTN11b: the old transport is dropped, so its CLOSED is not received.
      return connectAnew([
        { do: "stop", timer: "close" },
        { do: "drop" },
        { do: "failPending", reason: closedByClient(), unlessQueueing: false },
        { do: "channels", event: "closed" }, // RTL3b
        { do: "channels", event: "reset" },
        { do: "forget" },
      ]);
    case "closed":
    case "failed":
      return connectAnew([{ do: "channels", event: "reset" }, { do: "forget" }]); // RTN11d
    case "initialized":
      return connectAnew([]);
  }
}

function connectAnew(effects: readonly ConnectionEffect[]): ConnectionTransition {
  return [
    { name: "connecting", outage: NO_OUTAGE, session: null },
    [...effects, { do: "announce", event: "connecting" }, { do: "attempt", session: null }],
  ];
}

function retry(
  status: Extract<ConnectionStatus, { name: "disconnected" | "suspended" }>,
  effects: readonly ConnectionEffect[],
): ConnectionTransition {
  const { outage, session } = status;
  return [
    { name: "connecting", outage: { ...outage, hasRenewedToken: false }, session },
    // RTN14h: however long it has been, the service decides whether the session can be resumed.
    [...effects, { do: "announce", event: "connecting" }, { do: "attempt", session }],
  ];
}

function reauthorized(status: ConnectionStatus): ConnectionTransition {
  if (status.name !== "connecting") return connect(status); // RTC8c
  return [status, [{ do: "drop" }, { do: "attempt", session: status.session }]]; // RTC8b
}

function close(status: ConnectionStatus): ConnectionTransition {
  switch (status.name) {
    case "connecting": // RTN12f
      return [
        { name: "closing", asked: false },
        [
          { do: "stop", timer: "suspend" },
          { do: "start", timer: "close" },
          { do: "announce", event: "closing" },
        ],
      ];
    case "connected": // RTN12a
      return [
        { name: "closing", asked: true },
        [
          { do: "sendClose" },
          { do: "start", timer: "close" },
          { do: "channels", event: "offline" },
          { do: "announce", event: "closing" },
        ],
      ];
    case "initialized": // Else what waits for a connection would wait for ever.
      return becomeClosed([]);
    case "disconnected":
    case "suspended": // RTN12d
      return becomeClosed([{ do: "stop", timer: "retry" }, { do: "stop", timer: "suspend" }]);
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
    return [
      { name: "closing", asked: true },
      [{ do: "sendClose" }, { do: "start", timer: "close" }],
    ];
  }
  if (status.name !== "connecting") return [status, []];
  // RTN15c6, RTN15c7: another connection id means that nothing was resumed. The id of a connection that is to be
  // recovered is not known; there it is the error that tells.
  const resumed = status.session === null ? error === undefined : status.session.id === session.id;
  return [
    { name: "connected", session },
    [
      { do: "stop", timer: "suspend" },
      { do: "channels", event: "connected" }, // RTL3d1: before the listeners hear of it
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

function failed(
  status: ConnectionStatus,
  { kind, reason, fromService, tryOtherHosts, pause }: Extract<ConnectionInput, { type: "failed" }>,
): ConnectionTransition {
  switch (status.name) {
    case "connecting":
      if (kind === "fatal") return becomeFailed(reason); // RTN14g, RTN14a, RSA4d
      if (kind === "token" && !status.outage.hasRenewedToken) { // RTN14b
        const outage = { ...status.outage, hasRenewedToken: true };
        return [
          { ...status, outage },
          [{ do: "drop" }, { do: "renew" }, { do: "attempt", session: status.session }],
        ];
      }
      return becomeOffline(status, reason, fromService); // RTN14d
    case "connected":
      if (kind === "fatal") return becomeFailed(reason); // RTN15j, RTN15c4, RTN15h1
      return lost(status.session, reason, {
        renew: kind === "token",
        skipPrimary: tryOtherHosts,
        pause,
      });
    case "closing":
      return closed(status, fromService ? reason : undefined); // RTN12c, RTN12f
    default:
      return [status, []]; // A connection that has ended cannot fail.
  }
}

function unauthorized(status: ConnectionStatus, reason: ErrorInfo): ConnectionTransition {
  return status.name === "closing" || status.name === "failed"
    ? [status, []]
    : becomeFailed(reason);
}

/** RTN15a, RTN15h2, RTN15h3, RTN15c5: connect again at once; after a pause where that would go on without an end. */
function lost(
  session: Session,
  reason: ErrorInfo,
  { renew, skipPrimary, pause }: { renew?: boolean; skipPrimary?: boolean; pause?: boolean },
): ConnectionTransition {
  const invalidate: ConnectionEffect[] = renew ? [{ do: "renew" }] : [];
  if (pause) {
    const [status, effects] = becomeOffline({ outage: NO_OUTAGE, session }, reason);
    return [status, [...invalidate, { do: "channels", event: "offline" }, ...effects]];
  }
  return [
    { name: "connecting", outage: { ...NO_OUTAGE, hasRenewedToken: renew ?? false }, session },
    [
      { do: "drop" },
      { do: "channels", event: "offline" },
      { do: "announce", event: "connecting", reason },
      ...invalidate,
      { do: "attempt", session, ...(skipPrimary && { skipPrimary }) },
    ],
  ];
}

/** No timer of before fires any more, and no attempt of before succeeds. */
function moved(status: ConnectionStatus, reason: ErrorInfo): ConnectionTransition {
  const suspendTimer = "outage" in status && status.outage.retries > 0 && !status.outage.overdue
    ? [{ do: "stop", timer: "suspend" } as const, { do: "start", timer: "suspend" } as const]
    : [];
  switch (status.name) {
    case "connected":
      return lost(status.session, reason, {});
    case "connecting":
      return [status, [{ do: "drop" }, ...suspendTimer, {
        do: "attempt",
        session: status.session,
      }]];
    case "disconnected":
    case "suspended":
      return retry(status, [{ do: "stop", timer: "retry" }, ...suspendTimer]);
    case "closing":
      return becomeClosed([{ do: "stop", timer: "close" }]);
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
  if (outage.overdue) {
    const cause = fromService ? reason : suspended(reason); // RTN4f
    return becomeSuspended({ outage, session }, cause, [{ do: "drop" }]);
  }
  return [
    { name: "disconnected", outage, session, reason },
    [
      { do: "drop" },
      { do: "start", timer: "retry", from: "disconnected", retries: outage.retries },
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
  effects: readonly ConnectionEffect[],
): ConnectionTransition {
  return [
    { name: "suspended", outage, session, reason },
    [
      ...effects,
      { do: "start", timer: "retry", from: "suspended", retries: outage.retries }, // RTN14f
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
      { do: "drop" },
      { do: "stop", timer: "retry" },
      { do: "stop", timer: "suspend" },
      { do: "stop", timer: "close" },
      { do: "failPending", reason, unlessQueueing: false }, // RTN7e
      { do: "channels", event: "failed", reason },
      { do: "announce", event: "failed", reason },
    ],
  ];
}

function closed(
  status: ConnectionStatus,
  reason?: ErrorInfo,
  pause?: boolean,
): ConnectionTransition {
  if (status.name === "closing") return becomeClosed([{ do: "stop", timer: "close" }], reason);
  // An unrequested CLOSED ends the transport like any other loss.
  if (status.name === "connected") {
    return lost(status.session, reason ?? closedByService(), { pause });
  }
  return [status, []];
}

function becomeClosed(
  effects: readonly ConnectionEffect[],
  reason?: ErrorInfo,
): ConnectionTransition {
  return [
    { name: "closed" },
    [
      ...effects,
      { do: "drop" },
      { do: "failPending", reason: reason ?? closedByClient(), unlessQueueing: false }, // RTN7e
      { do: "channels", event: "closed" },
      { do: "announce", event: "closed", reason },
    ],
  ];
}

function due(status: ConnectionStatus, timer: "retry" | "suspend" | "close"): ConnectionTransition {
  switch (timer) {
    case "retry":
      return status.name === "disconnected" || status.name === "suspended"
        ? retry(status, [])
        : [status, []];
    case "close":
      return status.name === "closing" ? becomeClosed([]) : [status, []]; // RTN12b
    case "suspend":
      return suspend(status);
  }
}

function suspend(status: ConnectionStatus): ConnectionTransition {
  if (status.name !== "connecting" && status.name !== "disconnected") return [status, []];
  const outage = { ...status.outage, overdue: true };
  if (status.name === "connecting") return [{ ...status, outage }, []]; // The attempt in progress may still succeed.
  const { session, reason } = status;
  return becomeSuspended({ outage, session }, suspended(reason), [{ do: "stop", timer: "retry" }]);
}
