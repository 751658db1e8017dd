import type { Format } from "../../encoding/chain.ts";
import type { ProtocolMessage } from "../../protocol/protocol_message.ts";
import { jsonCodec } from "../../protocol/json_codec.ts";
import { msgpackCodec } from "../../protocol/msgpack_codec.ts";
import { withoutBytes } from "../objects/wire_operation.ts";
import { writePayload } from "../core/payload.ts";

/** A frame to send. It is encoded once for each format, even if it has many receivers. */
export class OutgoingFrame {
  readonly message: ProtocolMessage;
  #jsonForm?: ProtocolMessage;
  #json?: string;
  #msgpack?: Uint8Array<ArrayBuffer>;

  constructor(message: ProtocolMessage) {
    this.message = message;
  }

  /** The frame as plain data for a format. */
  inFormat(format: Format): ProtocolMessage {
    return format === "json" ? this.#jsonForm ??= jsonFormOf(this.message) : this.message;
  }

  /** The frame as bytes or text. */
  encoded(format: Format): string | Uint8Array<ArrayBuffer> {
    return format === "json"
      ? this.#json ??= jsonCodec.encode(this.inFormat("json")) as string
      : this.#msgpack ??= msgpackCodec.encode(this.message) as Uint8Array<ArrayBuffer>;
  }
}

/** A frame for JSON, with binary payloads in base64. */
function jsonFormOf(message: ProtocolMessage): ProtocolMessage {
  const { messages, presence, annotations, state } = message;
  if (!messages && !presence && !annotations && !state) return message;
  const json = { ...message };
  // A frame of `faults.send()` may have anything in place of a list: to try a client with it is the purpose.
  if (Array.isArray(messages)) json.messages = messages.map((item) => writePayload(item, "json"));
  if (Array.isArray(presence)) json.presence = presence.map((item) => writePayload(item, "json"));
  if (Array.isArray(annotations)) {
    json.annotations = annotations.map((item) => writePayload(item, "json"));
  }
  if (Array.isArray(state)) json.state = state.map(withoutBytes);
  return json;
}
