import type { ConnectionState } from "./connection_state.ts";

/** Whether the client is about to connect. Calls that need a connection wait in these states (RTL6c2, RTN13d). */
export function isReturning(state: ConnectionState): boolean {
  return state === "connecting" || state === "disconnected";
}
