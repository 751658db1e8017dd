import { fromUtf8 } from "../util/bytes.ts";
import type { Codec } from "./codec.ts";

/** JSON text (RSC8b). */
export const jsonCodec: Codec = {
  format: "json",
  contentType: "application/json",
  encode: (value) => JSON.stringify(value),
  decode: (data) => JSON.parse(typeof data === "string" ? data : fromUtf8(data)),
};
