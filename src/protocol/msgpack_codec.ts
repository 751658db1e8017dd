import { Packr } from "msgpackr/index-no-eval";
import { isBinary, toBytes, utf8 } from "../util/bytes.ts";
import type { Codec } from "./codec.ts";

const packr = new Packr({
  // Records are an extension of msgpackr's own that no other client reads.
  useRecords: false,
  variableMapSize: true,
  int64AsType: "number",
  // Binary payloads are handed to the user: as views they would show, and keep alive, the frame around them.
  copyBuffers: true,
});

/** MessagePack (RSC8a). */
export const msgpackCodec: Codec = {
  format: "msgpack",
  contentType: "application/x-msgpack",
  encode: (value) => toBytes(packr.pack(plain(value))),
  decode: (data) => packr.unpack(typeof data === "string" ? utf8(data) : data),
};

/**
 * The same value as other MessagePack libraries want it: no `undefined`, which msgpackr writes as an extension, and
 * integers beyond 32 bits, such as timestamps, as integers instead of floats.
 */
function plain(value: unknown): unknown {
  if (typeof value === "number") {
    return Number.isSafeInteger(value) && (value > 0xffffffff || value < -0x80000000)
      ? BigInt(value)
      : value;
  }
  if (typeof value !== "object" || value === null || isBinary(value)) return value;
  if (Array.isArray(value)) return value.map((item) => item === undefined ? null : plain(item));
  if ("toJSON" in value && typeof value.toJSON === "function") return plain(value.toJSON());
  const copy: Record<string, unknown> = {};
  for (const key in value) {
    if (key === "__proto__") continue; // Assigned, it would change what the copy is instead of what it holds.
    const member = (value as Record<string, unknown>)[key];
    if (member !== undefined) copy[key] = plain(member);
  }
  return copy;
}
