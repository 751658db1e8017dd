import { Unpackr } from "msgpackr/unpack-no-eval";
import { utf8 } from "../util/bytes.ts";
import type { Codec } from "./codec.ts";
import { encodeMsgpack } from "./msgpack_encoder.ts";
import { isExtension, withoutExtensions } from "./msgpack_extensions.ts";

const unpackr = new Unpackr({
  // Records are an extension of msgpackr's own that no other client writes.
  useRecords: false,
  int64AsType: "number",
  // Binary payloads are handed to the user: as views they would show, and keep alive, the frame around them.
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
      // msgpackr shares its table of extensions with all that use it, so that it is no place for what only we want.
      // If the extension is the whole frame, nothing is left without it.
      if (!String(error).includes("Unknown extension") || isExtension(bytes[0]!)) throw error;
      return unpackr.unpack(withoutExtensions(bytes));
    }
  },
};
