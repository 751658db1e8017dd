import { decodePayloads } from "../../encoding/chain.ts";
import {
  type Annotation,
  completeAnnotation,
  type WireAnnotation,
} from "../../messages/annotation.ts";
import { Action } from "../../protocol/actions.ts";
import type { ProtocolMessage } from "../../protocol/protocol_message.ts";
import { describeError } from "../../util/logger.ts";
import type { ChannelExtension } from "./channel_extension.ts";
import type { ChannelManager } from "./channel_manager.ts";
import { Subscriptions } from "./subscriptions.ts";

/** Reads the annotations that arrive on a channel, and passes them on to who listens (RTAN4b). */
export class AnnotationReceiver implements ChannelExtension {
  /** The listeners. */
  readonly subscriptions: Subscriptions<Annotation>;
  readonly #channel: ChannelManager;

  constructor(channel: ChannelManager) {
    this.#channel = channel;
    this.subscriptions = new Subscriptions(({ type }) => type, (error) => {
      channel.context.options.logger.error(() =>
        `An annotation listener of channel "${channel.name}" failed: ${describeError(error)}`
      );
    });
    channel.extensions.set(Action.Annotation, this);
  }

  onAttached(): void {}

  onStateChange(): void {}

  onFrame(frame: ProtocolMessage): void {
    if (this.#channel.state !== "attached") return; // RTL17
    const { context: { options: { logger } }, options: { cipher } } = this.#channel;
    const annotations = (frame.annotations ?? []).map((wire, index) => {
      fillIn(wire, frame, index);
      return completeAnnotation(wire);
    });
    // TAN3: this client encrypts none, as the service adds them up; others may.
    const pending = decodePayloads(annotations, {
      cipher,
      onError: (error) => logger.error(() => describeError(error)),
    });
    this.#channel.deliverInOrder(() => {
      if (!this.#channel.isDelivering) return;
      for (const annotation of annotations) this.subscriptions.deliver(annotation);
    }, pending ?? undefined);
  }
}

function fillIn(wire: WireAnnotation, frame: ProtocolMessage, index: number): void {
  if (wire.id == null && frame.id != null) wire.id = `${frame.id}:${index}`;
  if (wire.timestamp == null && frame.timestamp != null) wire.timestamp = frame.timestamp;
}
