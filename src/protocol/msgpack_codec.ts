import { Unpackr } from "msgpackr/unpack-no-eval";
import { utf8 } from "../util/bytes.ts";
import type { Codec } from "./codec.ts";
import { encodeMsgpack } from "./msgpack_encoder.ts";
import { isExtension, withoutExtensions } from "./msgpack_extensions.ts";

const unpackr = new Unpackr({
  // Records are msgpackr's own extension, which other clients cannot read.
  useRecords: false,
  int64AsType: "number",
  // Copy binary payloads: a view would give users access to the whole frame, and keep its memory alive.
  copyBuffers: true,
});

/** MessagePack (RSC8a). */
export const msgpackCodec: Codec = {
  format: "msgpack",
  contentType: "application/x-msgpack",
  encode: encodeMsgpack,
  decode: (data) => {
    const bytes = typeof data === "string" ? utf8(data) : data;
    try {
      return unpackr.unpack(bytes);
    } catch (error) {
      // Replace extensions and try again. They are not registered with msgpackr, because its table of extensions is shared with
      // all its other users. If the extension is the whole frame, nothing would be left without it.
      if (!String(error).includes("Unknown extension") || isExtension(bytes[0]!)) throw error;
      return unpackr.unpack(withoutExtensions(bytes));
    }
  },
};
