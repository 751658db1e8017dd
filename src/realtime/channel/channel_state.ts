import type { ErrorInfo } from "../../errors.ts";
import type { ChannelsEvent } from "../connection/connection_state.ts";

/** The states of a channel (RTL2). */
export type ChannelState =
  | "initialized"
  | "attaching"
  | "attached"
  | "detaching"
  | "detached"
  | "suspended"
  | "failed";

/** A state that was entered, or `"update"` for a change within `attached` (RTL2a, RTL2g). */
export type ChannelEvent = ChannelState | "update";

/** A state change, as the listeners of a channel receive it (TH1, RTL2d). */
export interface ChannelStateChange {
  /** The state now (TH2). */
  readonly current: ChannelState;
  /** The state before (TH2). */
  readonly previous: ChannelState;
  /** The event (TH5). */
  readonly event: ChannelEvent;
  /** The reason, if there is one (TH3). */
  readonly reason?: ErrorInfo;
  /** Whether no message was lost since the channel was attached before (TH4, RTL2f). */
  readonly resumed: boolean;
  /** Whether messages from before the attachment will follow (TH6, RTL2i). */
  readonly hasBacklog?: boolean;
}

/** The state of a channel with the data that belongs to it. */
export type ChannelStatus =
  | { readonly name: "initialized" | "attached" | "detached" | "failed" }
  /** `retries` is the number of times that attaching has failed since the channel was last attached (RTB1a). */
  | { readonly name: "suspended"; readonly retries: number }
  /** `then` is the call that was made since, to be handled when the attempt has ended (RTL5i). */
  | { readonly name: "attaching"; readonly retries: number; readonly then?: "detach" | "release" }
  /**
   * `from` is the state after a detach that gets no answer (RTL5f); `then` is the call that was made since, to be handled when
   * the attempt has ended (RTL4h).
   */
  | {
    readonly name: "detaching";
    readonly from: "attached" | "detached";
    readonly then?: "attach";
  };

/** The timers of a channel: for the answer of the service, and for the next attempt. */
export type ChannelTimer = "answer" | "retry";

/** The events that may change a channel. `excess` is the number by which requests of the service exceed their limit. */
export type ChannelInput =
  /** The user calls attach() (RTL4). */
  | { readonly type: "attach" }
  /** The user calls detach() (RTL5). */
  | { readonly type: "detach" }
  /** The user calls release() (RTS4a). */
  | { readonly type: "release" }
  /** The attachment has to be made anew from a known position (RTL18c). */
  | {
    readonly type: "recover";
    readonly reason: ErrorInfo;
    readonly excess?: number;
  }
  /** Params or modes have to be sent to the service (RTL16a). */
  | { readonly type: "negotiate" }
  /** The service sent ATTACHED. */
  | {
    readonly type: "attached";
    readonly resumed: boolean;
    readonly hasBacklog: boolean;
    readonly reason?: ErrorInfo;
    readonly excess?: number;
  }
  /** The service sent DETACHED. */
  | {
    readonly type: "detached";
    readonly reason?: ErrorInfo;
    readonly excess?: number;
  }
  /** The service sent ERROR. */
  | { readonly type: "error"; readonly reason: ErrorInfo }
  /** The connection changed (RTL3). */
  | { readonly type: "connection"; readonly event: ChannelsEvent; readonly reason?: ErrorInfo }
  /** A timer fired. */
  | { readonly type: "due"; readonly timer: ChannelTimer };

/** The effects of a transition, in order. */
export type ChannelEffect =
  | { readonly do: "sendAttach" }
  | { readonly do: "sendDetach" }
  /** Handle the call that was made during another one (RTL4h, RTL5i). */
  | { readonly do: "proceed"; readonly with: "attach" | "detach" | "release" }
  /** `immediate`: the connection is gone, no answer can arrive, so the timer fires at once. */
  | { readonly do: "start"; readonly timer: "answer"; readonly immediate?: true }
  | { readonly do: "start"; readonly timer: "retry"; readonly retries: number }
  | { readonly do: "stop"; readonly timer: ChannelTimer }
  /** Forget the position in the channel (RTL15b2). */
  | { readonly do: "clearSerial" }
  /** Forget the last error (RTL4g, RTN11d). */
  | { readonly do: "clearError" }
  /** Call the listeners. */
  | {
    readonly do: "announce";
    readonly event: ChannelEvent;
    readonly reason?: ErrorInfo;
    readonly resumed?: boolean;
    readonly hasBacklog?: boolean;
  };
