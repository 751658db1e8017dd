import type { ResolvedOptions } from "../../client/resolve_options.ts";
import type { ConnectionDetails } from "../../protocol/protocol_message.ts";
import { retryDelay } from "../../util/backoff.ts";
import type { ConnectionStatus, ConnectionTimer } from "./connection_state.ts";

/** The delay of a timer that the connection starts, in milliseconds. */
export function timerDelay(
  timer: ConnectionTimer,
  { status, details }: { readonly status: ConnectionStatus; readonly details: ConnectionDetails },
  options: ResolvedOptions,
): number {
  switch (timer) {
    case "close":
      return options.realtimeRequestTimeout; // RTN12b
    case "suspend":
      return details.connectionStateTtl ?? options.connectionStateTtl; // RTN14e
    case "retry":
      return status.name === "disconnected"
        ? retryDelay(options.disconnectedRetryTimeout, status.outage.retries, options.random) // RTN14d
        : options.suspendedRetryTimeout; // RTN14e
  }
}
