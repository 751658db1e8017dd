import { toBytes, utf8 } from "../../util/bytes.ts";
import type { StoredMessage } from "../core/channel_event.ts";
import { encodeVcdiff } from "../core/vcdiff_encoder.ts";

interface Base {
  readonly id: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Turns the messages of one attachment into differences to the one before (RTL18). */
export class DeltaFeed {
  #base: Base | undefined;

  /** The next message goes out whole. */
  reset(): void {
    this.#base = undefined;
  }

  /** A message as it goes out: the first whole, those that follow as differences. */
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
