import type { InboundMessage } from "../../messages/message.ts";
import type { RealtimeObject } from "../../liveobjects/core/api_objects.ts";
import { emit, EventEmitter, onListen, onListenerError } from "../../util/event_emitter.ts";
import { describeError } from "../../util/logger.ts";
import { PresenceManager } from "../presence/presence_manager.ts";
import { AnnotationReceiver } from "./annotation_receiver.ts";
import { type ChannelDependencies, ChannelManager, type ChannelSink } from "./channel_manager.ts";
import type { ChannelEvent, ChannelStateChange } from "./channel_state.ts";
import { Subscriptions } from "./subscriptions.ts";

/** The parts of a channel. The client and each wrapper SDK have views of the same parts (WP5). */
export class ChannelCore {
  /** Its state, and what it sends. */
  readonly manager: ChannelManager;
  /** The state listeners. */
  readonly events: EventEmitter<ChannelEvent, ChannelStateChange> = new EventEmitter();
  /** The message listeners. */
  readonly subscriptions: Subscriptions<InboundMessage>;
  /** The presence members, and the presence listeners. */
  readonly presence: PresenceManager;
  /** The annotation listeners. */
  readonly annotations: AnnotationReceiver;
  /** The objects, if there is a plugin for them. Made with the channel, because their frames come before the first call (RTL1). */
  readonly objects: RealtimeObject | undefined;

  constructor(name: string, deps: ChannelDependencies) {
    const { context: { options: { logger } }, connection } = deps;
    this.events[onListen] = () => void connection.checkOwner();
    this.events[onListenerError] = (error, event) =>
      logger.of("channel").error(() =>
        `A listener for "${event}" of channel "${name}" failed: ${describeError(error)}`
      );
    this.subscriptions = new Subscriptions(nameOf, (error) => {
      logger.of("channel").error(() =>
        `A message listener of channel "${name}" failed: ${describeError(error)}`
      );
    });
    const sink: ChannelSink = {
      onStateChange: (change) => this.events[emit](change.event, change),
      onMessage: (message) => this.subscriptions.deliver(message),
    };
    const manager = this.manager = new ChannelManager(name, { ...deps, sink });
    this.presence = new PresenceManager(manager);
    this.annotations = new AnnotationReceiver(manager);
    // In this order they receive state changes and ATTACHED. The objects of a plugin add themselves.
    manager.use(this.presence);
    manager.use(this.annotations);
    this.objects = deps.context.options.liveObjects?.realtime(manager);
  }
}

function nameOf({ name }: InboundMessage): string | null | undefined {
  return name;
}
