import { Unpackr } from "msgpackr/unpack-no-eval";
import { utf8 } from "../util/bytes.ts";
import type { Codec } from "./codec.ts";
import { encodeMsgpack } from "./msgpack_encoder.ts";

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
  decode: (data) => unpackr.unpack(typeof data === "string" ? utf8(data) : data),
};
