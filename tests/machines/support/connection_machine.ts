import { ErrorInfo } from "../../../src/errors.ts";
import type {
  ConnectionInput,
  ConnectionStatus,
  Outage,
  Session,
} from "../../../src/realtime/connection/connection_state.ts";

/** Why something happened, in the tests. */
export const reason = new ErrorInfo("Something happened", 80000, 400);
/** A session that the service knows. */
export const known: Session = { id: "known", key: "key-1" };
/** Another session. */
export const other: Session = { id: "other", key: "key-2" };
const outage: Outage = { retries: 1, ttlExpired: false, hasRenewedToken: false };

const connecting = { name: "connecting", outage, session: known, isHalted: false } as const;

/** The states, with the data that makes a difference. */
export const STATES = {
  "initialized": { name: "initialized" },
  "connecting": { ...connecting, outage: { ...outage, retries: 0 }, session: null },
  "connecting again": connecting,
  "connecting renewed": { ...connecting, outage: { ...outage, hasRenewedToken: true } },
  "connecting expired": { ...connecting, outage: { ...outage, ttlExpired: true } },
  "connecting halted": { ...connecting, isHalted: true },
  "connected": { name: "connected", session: known },
  "disconnected": { name: "disconnected", outage, session: known, reason },
  "disconnected after a loss": {
    name: "disconnected",
    outage: { ...outage, retries: 0, hasRenewedToken: true },
    session: known,
    reason,
    skipPrimary: true,
  },
  "suspended": {
    name: "suspended",
    outage: { ...outage, ttlExpired: true },
    session: known,
    reason,
  },
  "closing": { name: "closing" },
  "closed": { name: "closed" },
  "failed": { name: "failed" },
} satisfies Record<string, ConnectionStatus>;

/** A lost connection of a client that could get another token. */
const lost = { type: "failed", kind: "transient", reason, auth: "renewableToken" } as const;
/** A refused token. */
const refused = { ...lost, isTokenError: true } as const;

/** The events, with the data that makes a difference. */
export const EVENTS = {
  "connect": { type: "connect" },
  "close": { type: "close" },
  "authorizing": { type: "authorizing" },
  "reauthorized": { type: "reauthorized" },
  "unauthorized": { type: "unauthorized", kind: "fatal", reason },
  "unauthorized for now": { type: "unauthorized", kind: "transient", reason },
  "opened anew": { type: "opened", session: other, error: reason },
  "opened resumed": { type: "opened", session: known },
  "updated": { type: "updated", session: { id: "known", key: "key-3" } },
  "failed transient": lost,
  "failed fatal": { ...lost, kind: "fatal" },
  "failed at host": { ...lost, tryOtherHosts: true },
  "failed too often": { ...lost, lostTooOften: true },
  "token DISCONNECTED": refused,
  "token ERROR": { ...refused, kind: "fatal" },
  "token too often": { ...refused, lostTooOften: true },
  "fixed token DISCONNECTED": { ...refused, auth: "fixedToken" },
  "fixed token ERROR": { ...refused, kind: "fatal", auth: "fixedToken" },
  "key DISCONNECTED": { ...refused, auth: "key" },
  "key ERROR": { ...refused, kind: "fatal", auth: "key" },
  "closed": { ...lost, fromService: true },
  "due retry": { type: "due", timer: "retry" },
  "due suspend": { type: "due", timer: "suspend" },
  "due close": { type: "due", timer: "close" },
  "moved": { type: "moved", reason },
} satisfies Record<string, ConnectionInput>;
