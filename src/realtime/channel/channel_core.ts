import * as Flag from "../../protocol/flag_bits.ts";
import * as Action from "../../protocol/action_numbers.ts";
import type { InboundMessage } from "../../messages/message.ts";
import type { ProtocolMessage } from "../../protocol/protocol_message.ts";
import type { RealtimeObject } from "../../liveobjects/core/api_objects.ts";
import { emit, EventEmitter, onListen, onListenerError } from "../../util/event_emitter.ts";
import { PresenceManager } from "../presence/presence_manager.ts";
import { AnnotationReceiver } from "./annotation_receiver.ts";
import type { ChannelExtension } from "./channel_extension.ts";
import { type ChannelDependencies, ChannelManager, type ChannelSink } from "./channel_manager.ts";
import type { ChannelEvent, ChannelStateChange } from "./channel_state.ts";
import { Subscriptions } from "./subscriptions.ts";

/** The frames of presence and annotations. */
const ACTIONS: readonly number[] = [Action.Presence, Action.Sync, Action.Annotation];

/**
 * A channel: its state listeners, and its other parts, which are made when they are needed. A client can have thousands of
 * channels, and most use few parts. The client and each wrapper SDK have views of the same parts (WP5).
 */
export class ChannelCore extends EventEmitter<ChannelEvent, ChannelStateChange>
  implements ChannelSink, ChannelExtension {
  /** Its state, and what it sends. */
  readonly manager: ChannelManager;
  /** The objects, if there is a plugin for them. Made with the channel, because their frames come before the first call (RTL1). */
  readonly objects: RealtimeObject | undefined;
  readonly actions: readonly number[] = ACTIONS;
  #subscriptions: Subscriptions<InboundMessage> | undefined;
  #presence: PresenceManager | undefined;
  #annotations: AnnotationReceiver | undefined;
  /** True if the service has said since the channel was attached that it has no members. */
  #hasNoMembers = false;

  constructor(name: string, deps: ChannelDependencies) {
    super();
    this.manager = new ChannelManager(name, deps, this);
    this.manager.use(this);
    this.objects = deps.context.options.liveObjects?.realtime(this.manager);
  }

  /** The message listeners. */
  get subscriptions(): Subscriptions<InboundMessage> {
    return this.#subscriptions ??= new Subscriptions(
      nameOf,
      (error) => this.manager.listenerFailed("A message listener", error),
    );
  }

  /** The presence members, and the presence listeners. */
  get presence(): PresenceManager {
    return this.#presence ??= new PresenceManager(this.manager, this.#hasNoMembers);
  }

  /** The annotation listeners. */
  get annotations(): AnnotationReceiver {
    return this.#annotations ??= new AnnotationReceiver(this.manager);
  }

  onFrame(frame: ProtocolMessage): void {
    if (frame.action !== Action.Annotation) this.presence.onFrame(frame);
    else this.annotations.onFrame(frame);
  }

  onAttached(frame: ProtocolMessage, wasAttached: boolean): void {
    this.#hasNoMembers = ((frame.flags ?? 0) & Flag.HasPresence) === 0;
    if (this.#presence || !this.#hasNoMembers) this.presence.onAttached(frame, wasAttached);
  }

  onStateChange(change: ChannelStateChange): void {
    if (change.current === "suspended" || !this.manager.isListening) this.#hasNoMembers = false;
    this.#presence?.onStateChange(change);
  }

  announce(change: ChannelStateChange): void {
    this[emit](change.event, change);
  }

  deliver(message: InboundMessage): void {
    this.#subscriptions?.deliver(message);
  }

  override [onListen](): void {
    void this.manager.connection.checkOwner();
  }

  override [onListenerError](error: unknown, event: ChannelEvent): void {
    this.manager.listenerFailed(`A listener for "${event}"`, error);
  }
}

function nameOf({ name }: InboundMessage): string | null | undefined {
  return name;
}
