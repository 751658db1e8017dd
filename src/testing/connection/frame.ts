import type { Format } from "../../encoding/chain.ts";
import type { ProtocolMessage } from "../../protocol/protocol_message.ts";
import { jsonCodec } from "../../protocol/json_codec.ts";
import { msgpackCodec } from "../../protocol/msgpack_codec.ts";
import { withoutBytes } from "../objects/object_message.ts";
import { writePayload } from "../core/payload.ts";

/** A protocol message on its way out, encoded once for each format however many receive it. */
export class Frame {
  readonly message: ProtocolMessage;
  #jsonForm?: ProtocolMessage;
  #json?: string;
  #msgpack?: Uint8Array<ArrayBuffer>;

  constructor(message: ProtocolMessage) {
    this.message = message;
  }

  /** The message as a format carries it. */
  wire(format: Format): ProtocolMessage {
    return format === "json" ? this.#jsonForm ??= wireForm(this.message) : this.message;
  }

  /** The message in bytes or text. */
  encoded(format: Format): string | Uint8Array<ArrayBuffer> {
    return format === "json"
      ? this.#json ??= jsonCodec.encode(this.wire("json")) as string
      : this.#msgpack ??= msgpackCodec.encode(this.message) as Uint8Array<ArrayBuffer>;
  }
}

/** A protocol message for JSON: payloads of bytes in base64. */
function wireForm(message: ProtocolMessage): ProtocolMessage {
  const { messages, presence, annotations, state } = message;
  if (!messages && !presence && !annotations && !state) return message;
  const wire = { ...message };
  if (messages) wire.messages = messages.map((item) => writePayload(item, "json"));
  if (presence) wire.presence = presence.map((item) => writePayload(item, "json"));
  if (annotations) wire.annotations = annotations.map((item) => writePayload(item, "json"));
  if (state) wire.state = state.map(withoutBytes);
  return wire;
}
