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
const outage: Outage = { retries: 1, overdue: false, hasRenewedToken: false };

/** The states, with the data that makes a difference. */
export const STATES = {
  "initialized": { name: "initialized" },
  "connecting": { name: "connecting", outage: { ...outage, retries: 0 }, session: null },
  "connecting again": { name: "connecting", outage, session: known },
  "connecting renewed": {
    name: "connecting",
    outage: { ...outage, hasRenewedToken: true },
    session: known,
  },
  "connecting overdue": {
    name: "connecting",
    outage: { ...outage, overdue: true },
    session: known,
  },
  "connected": { name: "connected", session: known },
  "disconnected": { name: "disconnected", outage, session: known, reason },
  "suspended": {
    name: "suspended",
    outage: { ...outage, overdue: true },
    session: known,
    reason,
  },
  "closing": { name: "closing", asked: true },
  "closing unasked": { name: "closing", asked: false },
  "closed": { name: "closed" },
  "failed": { name: "failed" },
} satisfies Record<string, ConnectionStatus>;

/** The events, with the data that makes a difference. */
export const EVENTS = {
  "connect": { type: "connect" },
  "close": { type: "close" },
  "reauthorized": { type: "reauthorized" },
  "opened anew": { type: "opened", session: other, error: reason },
  "opened resumed": { type: "opened", session: known },
  "updated": { type: "updated", session: { id: "known", key: "key-3" } },
  "failed transient": { type: "failed", kind: "transient", reason },
  "failed token": { type: "failed", kind: "token", reason },
  "failed fatal": { type: "failed", kind: "fatal", reason },
  "failed elsewhere": { type: "failed", kind: "transient", reason, tryOtherHosts: true },
  "failed too often": { type: "failed", kind: "transient", reason, pause: true },
  "failed token too often": { type: "failed", kind: "token", reason, pause: true },
  "unauthorized": { type: "unauthorized", reason },
  "closed": { type: "closed" },
  "closed too often": { type: "closed", pause: true },
  "due retry": { type: "due", timer: "retry" },
  "due suspend": { type: "due", timer: "suspend" },
  "due close": { type: "due", timer: "close" },
  "moved": { type: "moved", reason },
} satisfies Record<string, ConnectionInput>;
