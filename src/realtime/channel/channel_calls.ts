import type { ErrorInfo } from "../../errors.ts";
import type { ConnectionState } from "../connection/connection_state.ts";
import type { ConnectionManager } from "../connection/connection_manager.ts";
import { callOvertaken, detachedByService } from "./channel_errors.ts";
import type { ChannelState, ChannelStateChange, ChannelStatus } from "./channel_state.ts";
import { PendingCalls } from "./pending_calls.ts";

/** The states of a connection in which a channel cannot be attached (RTL4b). */
const NOT_ATTACHABLE: readonly ConnectionState[] = ["closed", "closing", "suspended", "failed"];

/** The channel that the calls are for. */
export interface CallsChannel {
  readonly name: string;
  readonly state: ChannelState;
  readonly connection: ConnectionManager;
  readonly isListening: boolean;
  cannot(action: string): ErrorInfo;
}

/** The calls of `attach()`, `detach()` and `setOptions()` that wait for their outcome. */
export class ChannelCalls {
  /** The calls of `attach()`. */
  readonly attaches: PendingCalls<ChannelStateChange | null> = new PendingCalls();
  /** The calls of `detach()` and `release()`. */
  readonly detaches: PendingCalls<void> = new PendingCalls();
  /** The call of `setOptions()`: it resolves with the change by which the channel stopped waiting for ATTACHED, if there is one. */
  readonly negotiations: PendingCalls<ChannelStateChange | void> = new PendingCalls();
  /** True while the state machine handles a call that asks to detach. */
  isDetaching = false;
  readonly #channel: CallsChannel;

  constructor(channel: CallsChannel) {
    this.#channel = channel;
  }

  /** RTL4b. A channel that is attached or attaching stays so. */
  get mayAttach(): boolean {
    const { state, connection } = this.#channel;
    const isActive = state === "attached" || state === "attaching";
    return isActive || !NOT_ATTACHABLE.includes(connection.status.name);
  }

  /**
   * Settles the calls that a change answers. Runs before the listeners of the change, which can make other calls.
   *
   * @param attachFollows Whether the channel is to be attached next (RTL4h).
   */
  onChange(change: ChannelStateChange, attachFollows: boolean): void {
    const { current, previous, reason } = change;
    if (current === "attached") {
      this.attaches.resolve(change); // RTL4d
      if (previous === "detaching" && reason) this.detaches.reject(() => reason); // RTL5f
      return;
    }
    if (current === "attaching") return;
    this.negotiations.resolve(change);
    if (current !== "detaching") {
      if (!attachFollows) this.attaches.reject(() => this.errorOf("attach", change)); // RTL4d
      if (current === "detached" || current === "initialized") this.detaches.resolve();
    }
  }

  /** Settles the calls that need no change, and those that a later call has overtaken. Runs when no input waits. */
  onIdle(status: ChannelStatus): void {
    const { name, isListening } = this.#channel;
    const then = "then" in status ? status.then : undefined;
    if (status.name === "attached") this.attaches.resolve(null); // RTL4a
    else if (status.name !== "attaching" && then !== "attach") {
      this.attaches.reject(() =>
        this.mayAttach ? callOvertaken("attach", name) : this.#cannotConnect("attach")
      );
    }
    if (status.name === "failed") this.detaches.reject(() => this.#channel.cannot("detach")); // RTL5b
    else if (!isListening) this.detaches.resolve(); // RTL5a
    else if (status.name !== "detaching" && then === undefined) {
      this.detaches.reject(() => callOvertaken("detach", name));
    }
  }

  /** The error of a call that a change has brought to an end. */
  errorOf(action: string, { current, reason }: ChannelStateChange): ErrorInfo {
    const { name, connection } = this.#channel;
    if (reason) return reason;
    if (current !== "detached") return this.#channel.cannot(action);
    if (this.isDetaching && action === "attach") return callOvertaken(action, name);
    if (connection.status.name !== "connected") return this.#cannotConnect(action);
    return detachedByService(name);
  }

  /** RTL4b, RTL3b */
  #cannotConnect(action: string): ErrorInfo {
    return this.#channel.connection.cannot(`${action} on channel "${this.#channel.name}"`);
  }
}
