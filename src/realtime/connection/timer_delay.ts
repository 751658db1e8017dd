import type { ResolvedOptions } from "../../client/resolve_options.ts";
import type { ConnectionDetails } from "../../protocol/protocol_message.ts";
import { retryDelay } from "../../util/backoff.ts";
import type { ConnectionEffect } from "./connection_state.ts";

/** The delay of a timer that an effect starts, in milliseconds. */
export function timerDelay(
  effect: Extract<ConnectionEffect, { do: "start" }>,
  options: ResolvedOptions,
  { connectionStateTtl }: ConnectionDetails,
): number {
  switch (effect.timer) {
    case "close":
      return options.realtimeRequestTimeout; // RTN12b
    case "suspend":
      return connectionStateTtl ?? options.connectionStateTtl; // RTN14e
    case "retry":
      return effect.from === "suspended"
        ? options.suspendedRetryTimeout // RTN14e
        : retryDelay(options.disconnectedRetryTimeout, effect.retries, options.random); // RTN14d
  }
}
