import type { ResolvedOptions } from "../../client/resolve_options.ts";
import type { ErrorInfo } from "../../errors.ts";
import { describeError, type Logger } from "../../util/logger.ts";
import type { Telemetry } from "../../util/telemetry.ts";
import { Observers } from "../../util/observers.ts";
import type { ConnectionEvents } from "./connection_events.ts";
import type { ConnectionStateChange } from "./connection_state.ts";

/** Announces the changes of a connection: to the log, to observers, and last to the listeners of users. */
export class ConnectionChanges extends Observers<ConnectionStateChange> {
  /** The last error of the connection (RTN25). */
  errorReason: ErrorInfo | null = null;
  readonly #logger: Logger;
  readonly #report: Telemetry | undefined;
  readonly #events: ConnectionEvents;

  /**
   * @param options The destinations of log lines and telemetry.
   * @param events The listeners of users.
   */
  constructor(
    { logger, report }: Pick<ResolvedOptions, "logger" | "report">,
    events: ConnectionEvents,
  ) {
    super();
    this.#logger = logger.of("connection");
    this.#report = report;
    this.#events = events;
  }

  /** Announces a change. */
  announce(change: ConnectionStateChange): void {
    const { event, reason } = change;
    if (reason) this.errorReason = reason;
    else if (event === "connected") this.errorReason = null;
    // Log failures as errors: the client will not retry, and there may be no listener.
    this.#logger.log(
      event === "failed" ? "error" : "info",
      () =>
        `Connection ${event === "update" ? "updated" : event}` +
        (reason ? `: ${describeError(reason)}` : ""),
    );
    const { previous, current } = change;
    this.#report?.({ kind: "connection", previous, current, ...(reason && { reason }) });
    this.notify(change);
    this.#events.announce(change);
  }
}
