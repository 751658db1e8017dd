import { Unpackr } from "msgpackr/unpack-no-eval";
import { toBytes, utf8 } from "../util/bytes.ts";
import type { Codec } from "./codec.ts";
import { encodeMsgpack } from "./msgpack_encoder.ts";
import { readMsgpack } from "./msgpack_reader.ts";

/** Made at its first use, because few programs need it: `readMsgpack` reads the usual values. */
let unpackr: Unpackr | undefined;

/** MessagePack (RSC8a). */
export const msgpackCodec: Codec = {
  format: "msgpack",
  contentType: "application/x-msgpack",
  encode: encodeMsgpack,
  decode: (data) => {
    const bytes = typeof data === "string" ? utf8(data) : toBytes(data);
    const value = readMsgpack(bytes);
    return value === undefined ? unpack(bytes) : value;
  },
};

function unpack(bytes: Uint8Array<ArrayBuffer>): unknown {
  unpackr ??= new Unpackr({
    // Records are msgpackr's own extension, which other clients cannot read.
    useRecords: false,
    int64AsType: "number",
    // Copy binary payloads: a view would give users access to the whole frame, and keep its memory alive.
    copyBuffers: true,
  });
  try {
    return unpackr.unpack(bytes);
  } catch (error) {
    // msgpackr refuses a whole frame because of one extension of unknown type, although the other values are valid (RSF1).
    // Extensions are not registered with it, because its table of them is shared with all its other users.
    const isUnknown = String(error).includes("Unknown extension");
    const value = isUnknown ? readMsgpack(bytes, { extensionsAsNull: true }) : undefined;
    if (value == null) throw error; // If the extension is the whole frame, nothing is left without it.
    return value;
  }
}
