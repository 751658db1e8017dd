import { channelErrors } from "../../client/channel_ref.ts";
import { decodePayloads } from "../../encoding/chain.ts";
import { type Annotation, completeAnnotation } from "../../messages/annotation.ts";
import * as Action from "../../protocol/action_numbers.ts";
import type { ProtocolMessage } from "../../protocol/protocol_message.ts";
import type { ChannelExtension } from "./channel_extension.ts";
import type { ChannelManager } from "./channel_manager.ts";
import { Subscriptions } from "./subscriptions.ts";

/** The frames that it handles. */
const ACTIONS: readonly number[] = [Action.Annotation];

/** Reads the annotations that arrive on a channel, and passes them to the listeners (RTAN4b). */
export class AnnotationReceiver implements ChannelExtension {
  readonly actions: readonly number[] = ACTIONS;
  /** The listeners. */
  readonly subscriptions: Subscriptions<Annotation>;
  readonly #channel: ChannelManager;

  constructor(channel: ChannelManager) {
    this.#channel = channel;
    this.subscriptions = new Subscriptions(
      typeOf,
      (error) => channel.listenerFailed("An annotation listener", error),
    );
  }

  onFrame(frame: ProtocolMessage): void {
    const { name, context: { options: { logger } }, options: { cipher } } = this.#channel;
    const annotations = (frame.annotations ?? []).map(completeAnnotation);
    // TAN3: this client does not encrypt annotations, because the service counts them; other clients may.
    const pending = decodePayloads(annotations, {
      cipher,
      onError: channelErrors(logger.of("channel"), name),
    });
    this.#channel.deliverInOrder(() => {
      if (!this.#channel.isDelivering) return;
      for (const annotation of annotations) this.subscriptions.deliver(annotation);
    }, pending ?? undefined);
  }
}

function typeOf({ type }: Annotation): string | undefined {
  return type;
}
