import { emit, EventEmitter, onListenerError } from "../../util/event_emitter.ts";
import { describeError, type Logger } from "../../util/logger.ts";
import type { ConnectionEvent, ConnectionStateChange } from "./connection_state.ts";

/** The listeners of a connection. */
export class ConnectionEvents extends EventEmitter<ConnectionEvent, ConnectionStateChange> {
  /** The changes that happened before listeners could be added. */
  #held: ConnectionStateChange[] | null = null;

  constructor(logger: Logger) {
    super();
    this[onListenerError] = (error, event) =>
      logger.error(() =>
        `A listener for the connection event "${event}" failed: ${describeError(error)}`
      );
  }

  /** Calls the listeners. */
  announce(change: ConnectionStateChange): void {
    if (this.#held) this.#held.push(change);
    else this[emit](change.event, change);
  }

  /** Announces changes only after the code that makes the client has run, so that it can add listeners (RTN4a). */
  hold(): void {
    const held: ConnectionStateChange[] = this.#held = [];
    queueMicrotask(() => {
      // The loop also takes the changes that listeners cause meanwhile.
      for (const change of held) this[emit](change.event, change);
      this.#held = null;
    });
  }
}
