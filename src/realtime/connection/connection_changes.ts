import type { ErrorInfo } from "../../errors.ts";
import { describeError, type Logger } from "../../util/logger.ts";
import { Observers } from "../../util/observers.ts";
import type { ConnectionStateChange } from "./connection_state.ts";

/** Announces the changes of a connection: to the log, to observers, and last to the listeners of users. */
export class ConnectionChanges extends Observers<ConnectionStateChange> {
  /** The last error of the connection (RTN25). */
  errorReason: ErrorInfo | null = null;
  readonly #logger: Logger;
  readonly #onStateChange: (change: ConnectionStateChange) => void;

  /** @param onStateChange Calls the listeners of users. */
  constructor(logger: Logger, onStateChange: (change: ConnectionStateChange) => void) {
    super();
    this.#logger = logger;
    this.#onStateChange = onStateChange;
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
    this.tell(change);
    this.#onStateChange(change);
  }
}
