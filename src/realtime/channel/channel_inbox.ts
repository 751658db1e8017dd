import type { ClientContext } from "../../client/context.ts";
import * as ErrorCode from "../../error_numbers.ts";
import { errorFromWire, type ErrorInfo } from "../../errors.ts";
import type { WireAnnotation } from "../../messages/annotation.ts";
import type { InboundMessage } from "../../messages/message.ts";
import * as Action from "../../protocol/action_numbers.ts";
import * as Flag from "../../protocol/flag_bits.ts";
import { flagsToModes, type ResolvedChannelMode } from "../../protocol/actions.ts";
import type { ProtocolMessage } from "../../protocol/protocol_message.ts";
import { describeError } from "../../util/logger.ts";
import { OrderedQueue } from "../../util/ordered_queue.ts";
import { RateLimit, type RateLimitOptions } from "../../util/rate_limit.ts";
import { afterContinuations } from "../connection/frame_queue.ts";
import type { ChannelExtension } from "./channel_extension.ts";
import type { ChannelPosition } from "./channel_position.ts";
import type { ChannelInput, ChannelState, ChannelStateChange } from "./channel_state.ts";
import { fillInOrigin } from "./fill_in.ts";
import { MessageDecoder, type Versioned, versionKey } from "./message_decoder.ts";
import type { ResolvedChannelOptions } from "./resolve_channel_options.ts";

/** The frames that move the position, besides MESSAGE and ATTACHED (RTL15b). In SYNC and OBJECT_SYNC the serial is a cursor. */
const POSITIONED: readonly number[] = [Action.Presence, Action.Annotation, Action.Object];

/** The frames that are delivered only while the channel is attached (RTL17). */
const ATTACHED_ONLY: readonly number[] = [Action.Message, Action.Annotation];

const NONE: readonly never[] = [];

/** The number of times that the service can make a channel attach again before RTB1 sets the delay. */
const REATTACHING = { burst: 5, refill: 30_000 };
/** The number of times that it can make the client send DETACH again. */
const DETACHING = { burst: 10, refill: 3_000 };

/** The channel that an inbox belongs to. */
export interface InboxChannel {
  readonly name: string;
  readonly context: ClientContext;
  readonly position: ChannelPosition;
  readonly options: ResolvedChannelOptions;
  /** Calls the listeners of a message. */
  readonly sink: { deliver(message: InboundMessage): void };
  readonly state: ChannelState;
  readonly isListening: boolean;
  readonly isDelivering: boolean;
  grant(params: Record<string, string>, modes: ResolvedChannelMode[]): void;
  /** Feeds the state machine. */
  dispatch(input: ChannelInput): void;
  /** Runs after ATTACHED was handled. */
  settleNegotiations(): void;
}

/** Handles the frames of a channel, and keeps the order in which their items reach the listeners. */
export class ChannelInbox {
  readonly #channel: InboxChannel;
  #extensions: readonly ChannelExtension[] = NONE;
  // The next four are made when they are needed.
  #decoder: MessageDecoder | undefined;
  #deliveries: OrderedQueue | undefined;
  #reattachments: RateLimit | undefined;
  #refusals: RateLimit | undefined;
  /** Counts the times that the channel lost its position: deliveries that wait since before are dropped. */
  #epoch = 0;
  /** The number of ATTACH frames sent on this connection that have no answer yet. */
  #unanswered = 0;
  /**
   * The messages and annotations that arrived since the first ATTACH without an answer: the service may send them again after
   * ATTACHED.
   */
  #received: Set<string> | undefined;
  /** The annotations that the service may send again, before any other. */
  #seenAnnotations: ReadonlySet<string> | undefined;
  /** The frames from one on that announces a gap: it must not overtake messages from before the gap, which wait for a cipher. */
  #held: ProtocolMessage[] | undefined;
  /** True if messages were dropped since the channel was last attached (RTL17). */
  #hasDropped = false;
  /** Whether the last ATTACH asked for deltas. */
  #hasDeltas = false;

  constructor(channel: InboxChannel) {
    this.#channel = channel;
  }

  /** Adds an extension. Extensions are called in the order in which they were added, and before the user's listeners. */
  use(extension: ChannelExtension): void {
    this.#extensions = [...this.#extensions, extension];
  }

  /** Passes a change of state to the extensions. */
  onStateChange(change: ChannelStateChange): void {
    if (change.current === "suspended") this.forgetAnswers(); // The answers did not come in time.
    if (change.current === "attached") this.#hasDropped = false;
    for (const extension of this.#extensions) extension.onStateChange?.(change);
  }

  /** Records that ATTACH was sent. */
  onAttachSent(hasDeltas: boolean): void {
    this.#unanswered++;
    this.#hasDeltas = hasDeltas;
  }

  /** Expects no more answers, and forgets frames that wait: they are from a connection or an attempt that has ended. */
  forgetAnswers(): void {
    this.#unanswered = 0;
    this.#received = this.#held = undefined;
  }

  /** Forgets the position, and all that waits to be delivered (RTL15b2). */
  clear(): void {
    this.#channel.position.reset(null);
    this.#decoder?.reset();
    this.#epoch++;
    this.#unanswered = 0;
    this.#received = this.#seenAnnotations = undefined;
    this.#hasDropped = false;
  }

  /** Does not wait for ciphers that were started in a request that has ended (Workers). */
  onMoved(): void {
    this.#deliveries = undefined;
  }

  /** Delays the deliveries that wait until the code that awaited a call has run. */
  pause(): void {
    this.#deliveries?.pause(afterContinuations);
  }

  /** Handles a frame of the channel. */
  onFrame(frame: ProtocolMessage): void {
    if (this.#held) this.#held.push(frame);
    else if (announcesGap(frame) && this.#deliveries?.isWaiting) {
      this.#hold(frame, this.#deliveries);
    } else this.#handle(frame);
  }

  #hold(frame: ProtocolMessage, deliveries: OrderedQueue): void {
    const held = this.#held = [frame];
    const resume = () => {
      if (this.#held !== held) return;
      this.#held = undefined;
      this.pause(); // ATTACHED settles calls.
      this.#handle(frame);
      for (const next of held.slice(1)) this.onFrame(next);
    };
    void Promise.resolve(deliveries.take(undefined, resume)).catch((cause) =>
      this.#onFailed(cause)
    );
  }

  #handle(frame: ProtocolMessage): void {
    switch (frame.action) {
      case Action.Attached:
        return this.#onAttached(frame);
      case Action.Detached:
        return this.#onDetached(frame);
      case Action.Error:
        return this.#channel.dispatch({
          type: "error",
          reason: errorFromWire(frame.error, {
            code: ErrorCode.ChannelOperationFailed,
            statusCode: 400,
          }),
        });
    }
    const handling = handlingOf(frame.action, this.#channel.state);
    if (handling === "ignore") return;
    if (frame.action === Action.Message) this.#onMessages(frame, handling);
    else this.#onItems(frame, handling);
  }

  /**
   * Runs after all that was received before has been delivered: at once if nothing waits for a cipher. If the channel is
   * detached before that, it does not run at all.
   *
   * @param pending Another promise to wait for; it must not fail.
   */
  deliverInOrder(run: () => void, pending?: Promise<unknown>): void {
    if (pending === undefined && !this.#deliveries?.isWaiting) return this.#run(run);
    const epoch = this.#epoch;
    const turn = (this.#deliveries ??= new OrderedQueue(true)).take(pending, () => {
      if (epoch === this.#epoch) this.#run(run);
    });
    // No caller waits for the turn: its failure, unhandled, would end the process on some runtimes.
    turn?.catch((cause) => this.#onFailed(cause));
  }

  #run(delivery: () => void): void {
    try {
      delivery();
    } catch (cause) {
      // One failure must not keep the rest of the frame from being handled.
      this.#onFailed(cause);
    }
  }

  #onFailed(cause: unknown): void {
    const { name, context: { options } } = this.#channel;
    options.logger.of("channel").error(() =>
      `Failed to handle a frame of channel "${name}": ${describeError(cause)}`
    );
  }

  /**
   * Handles ATTACHED in this order:
   *
   * 1. An answer to an ATTACH that a DETACH has followed is ignored: RTL5k would send a second DETACH.
   * 2. The decoder starts over, before any message of the attachment comes.
   * 3. Positions, params and modes are set, so that extensions and listeners see those of this attachment.
   * 4. Extensions are called, so that listeners of the new state see their part of it, such as a sync in progress.
   * 5. The state machine changes the state, settles calls and calls the listeners.
   * 6. Calls of `setOptions()` that wait for an answer get it, last, so that they see the new state.
   */
  #onAttached(frame: ProtocolMessage): void {
    const channel = this.#channel;
    const isAnswer = this.#unanswered > 0;
    if (isAnswer) this.#unanswered--;
    if (isAnswer && channel.state === "detaching") return; // 1
    const flags = frame.flags ?? 0;
    // RTL2f: the service may have resumed the channel without knowing that messages were dropped here.
    const resumed = (flags & Flag.Resumed) !== 0 && !this.#hasDropped;
    const wasAttached = channel.state === "attached";
    if (wasAttached || channel.state === "attaching" || channel.state === "suspended") {
      this.#decoder?.restart(); // 2
      this.#seenAnnotations = resumed ? this.#received : undefined;
      if (!resumed) this.#decoder?.reset();
      else if (this.#received) this.#decoder?.skip(this.#received);
      if (this.#unanswered === 0) this.#received = undefined;
      if (!resumed) channel.position.attached = frame.channelSerial ?? null; // 3, RTL15c
      this.#moveTo(frame);
      channel.grant(frame.params ?? {}, flagsToModes(flags));
      for (const extension of this.#extensions) extension.onAttached?.(frame, wasAttached); // 4
      this.#markDelivered(frame);
    }
    this.#channel.dispatch({ // 5
      type: "attached",
      resumed,
      hasBacklog: (flags & Flag.HasBacklog) !== 0,
      reason: errorOf(frame),
      excess: channel.isListening && channel.state !== "detaching"
        ? 0
        : (this.#refusals ??= this.#limit(DETACHING)).note(),
    });
    channel.settleNegotiations(); // 6
  }

  #onDetached(frame: ProtocolMessage): void {
    const { state } = this.#channel;
    const attachesAgain = state === "attached" || state === "suspended"; // RTL13a
    this.#channel.dispatch({
      type: "detached",
      reason: errorOf(frame),
      excess: attachesAgain ? this.#noteReattachment() : 0,
    });
  }

  #noteReattachment(): number {
    return (this.#reattachments ??= this.#limit(REATTACHING)).note();
  }

  #limit(options: RateLimitOptions): RateLimit {
    return new RateLimit(this.#channel.context.options.clock, options);
  }

  /**
   * Handles MESSAGE in this order, with and without a cipher:
   *
   * 1. The messages are decoded; a cipher may work on.
   * 2. The received position moves, unless a delta has failed: then the service has to send the frame again (RTL18c).
   * 3. The listeners are called, in order, when all ciphers before have finished. They see the position of their frame or of a
   *    later one in `properties.channelSerial` (RTL15b).
   * 4. The delivered position moves. A recovery key made in a listener is therefore for the frame before, and a recovered client
   *    gets this frame again and loses nothing that still waits.
   * 5. After a failed delta the channel attaches again.
   */
  #onMessages(frame: ProtocolMessage, handling: "deliver" | "move"): void {
    if (this.#decoder?.isBroken) return;
    if (handling === "move") return this.#drop(frame);
    const decoder = this.#decoder ??= new MessageDecoder(this.#channel);
    const { messages, pending, failure } = decoder.decode(frame, { // 1
      cipher: this.#channel.options.cipher,
      hasDeltas: this.#hasDeltas,
    });
    this.#remember(failure ? messages : frame.messages);
    const serial = failure ? undefined : frame.channelSerial;
    if (serial) this.#channel.position.received = serial; // 2
    this.deliverInOrder(() => this.#deliver(messages, serial), pending);
    if (failure) this.#recover(failure); // 5
  }

  #deliver(messages: readonly InboundMessage[], serial: string | undefined): void {
    for (const message of messages) {
      if (!this.#channel.isDelivering) return;
      this.#channel.sink.deliver(message); // 3
    }
    if (serial) this.#channel.position.delivered = serial; // 4
    const { name: channel, context } = this.#channel;
    context.options.report?.({
      kind: "messages",
      direction: "received",
      channel,
      count: messages.length,
    });
  }

  #recover(failure: ErrorInfo): void {
    this.#decoder!.onError(failure); // RTL18a
    this.#channel.dispatch({
      type: "recover",
      reason: failure,
      excess: this.#noteReattachment(),
    });
  }

  /** Handles a frame of an extension: the positions move before and after it, as for messages. */
  #onItems(frame: ProtocolMessage, handling: "deliver" | "move"): void {
    const isPositioned = POSITIONED.includes(frame.action);
    if (isPositioned) this.#moveTo(frame);
    if (handling === "move") return this.#drop(frame);
    if (frame.annotations) frame.annotations = this.#withoutRepeats(frame, frame.annotations);
    for (const extension of this.#extensions) {
      if (extension.actions.includes(frame.action)) extension.onFrame(frame);
    }
    if (isPositioned) this.#markDelivered(frame);
  }

  /** Presence and objects need no such filter: their events are compared with the state that they have led to (RTP2, RTLO4a). */
  #withoutRepeats(
    frame: ProtocolMessage,
    annotations: readonly WireAnnotation[],
  ): WireAnnotation[] {
    const fresh = annotations.filter((wire, index) => {
      fillInOrigin(wire, frame, index);
      if (wire.id != null && this.#seenAnnotations?.has(versionKey(wire))) return false;
      this.#seenAnnotations = undefined;
      return true;
    });
    this.#remember(annotations);
    return fresh;
  }

  /** Remembers items while an ATTACH has no answer, also those that came before: the answer may bring them once more. */
  #remember(items: Iterable<Versioned> = []): void {
    if (this.#unanswered === 0) return;
    const received = this.#received ??= new Set();
    for (const item of items) received.add(versionKey(item));
  }

  #drop(frame: ProtocolMessage): void {
    if (this.#decoder?.isBroken) return; // The service will send the frame again.
    this.#hasDropped = true;
    this.#moveTo(frame);
  }

  #moveTo({ channelSerial }: ProtocolMessage): void {
    if (this.#decoder?.isBroken) return; // RTL18c
    if (channelSerial) this.#channel.position.received = channelSerial; // RTL15b
  }

  #markDelivered({ channelSerial }: ProtocolMessage): void {
    if (!channelSerial || this.#decoder?.isBroken) return;
    this.deliverInOrder(() => this.#channel.position.delivered = channelSerial);
  }
}

/** Whether messages may have been lost before a frame (RTL12). */
function announcesGap({ action, flags }: ProtocolMessage): boolean {
  return action === Action.Attached && ((flags ?? 0) & Flag.Resumed) === 0;
}

/**
 * The handling of a frame with items in a state (RTL17). In states without an attachment, frames are left over from one that has
 * ended.
 */
function handlingOf(action: number, state: ChannelState): "deliver" | "move" | "ignore" {
  if (state === "initialized" || state === "detached" || state === "failed") return "ignore";
  return state === "attached" || !ATTACHED_ONLY.includes(action) ? "deliver" : "move";
}

function errorOf({ error }: ProtocolMessage): ErrorInfo | undefined {
  return error == null ? undefined : errorFromWire(error);
}
