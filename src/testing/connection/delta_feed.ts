import { toBytes, utf8 } from "../../util/bytes.ts";
import type { StoredMessage } from "../core/channel_event.ts";
import { encodeVcdiff } from "../core/vcdiff_encoder.ts";

interface Base {
  readonly id: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Turns the messages of one attachment into deltas to the message before (RTL18). */
export class DeltaFeed {
  #base: Base | undefined;

  /** Makes the next message a whole one. */
  reset(): void {
    this.#base = undefined;
  }

  /** The form in which to send a message: the first one whole, later ones as deltas. */
  next(message: StoredMessage): StoredMessage {
    const base = this.#base;
    const bytes = message.action === 0 ? payloadOf(message) : undefined;
    this.#base = bytes && { id: message.id, bytes };
    if (base === undefined || bytes === undefined) return message;
    const text = typeof message.data === "string" ? ["utf-8"] : [];
    return {
      ...message,
      data: encodeVcdiff(base.bytes, bytes),
      encoding: [...(message.encoding ? [message.encoding] : []), ...text, "vcdiff"].join("/"),
      extras: {
        ...(message.extras as object | undefined),
        delta: { from: base.id, format: "vcdiff" },
      },
    };
  }
}

function payloadOf({ data }: StoredMessage): Uint8Array<ArrayBuffer> | undefined {
  if (typeof data === "string") return utf8(data);
  return data instanceof Uint8Array ? toBytes(data) : undefined;
}
