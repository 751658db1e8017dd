import { messageOf } from "../util/message_of.ts";
import type { AesCbcCipher } from "../crypto/aes_cbc.ts";
import * as ErrorCode from "../error_numbers.ts";
import { createError, type ErrorInfo } from "../errors.ts";
import {
  type BinaryLike,
  fromBase64Payload,
  fromUtf8Strict,
  isBinary,
  toBase64,
  toBytes,
} from "../util/bytes.ts";
import { findLost } from "../util/copy.ts";

/** The wire formats of Ably's protocol (RSC8). */
export type Format = "json" | "msgpack";

/** The way to encode payloads. */
export interface EncodeOptions {
  /** The format of the frame or body. */
  format: Format;
  /** The cipher of the channel, if it has one. */
  cipher?: AesCbcCipher | null;
}

/**
 * Encodes the payload of an item for the wire (RSL4, RSL5), and adds it to the wire form: text, or bytes if the format can carry
 * bytes; with the steps that were applied to it, to be undone from right to left (RSL4b).
 *
 * @param wire The wire form, without a payload. Nothing is added if the item has none.
 * @param item Its `data` is text, bytes, an object or array, or nothing; its `encoding` are the steps that the caller has already
 * applied, if any. It is read before the call returns, and not again.
 * @returns The wire form; a promise of it only if a cipher has to work.
 * @throws {ErrorInfo} 40013 if the payload is of another type (RSL4a).
 */
export function encodePayload<Wire extends PayloadCarrier>(
  wire: Wire,
  item: PayloadCarrier,
  { format, cipher }: EncodeOptions,
): Wire | Promise<Wire> {
  const { data, encoding: steps = "" } = ownPayload(item.data, item.encoding);
  if (data === undefined) return wire;
  const isText = typeof data === "string";
  let value = isText ? data : toBytes(data); // RSL4c1
  // Copy the bytes, unless they become base64 now: they are sent later, and the caller may have changed them by then.
  if (typeof value !== "string" && (cipher != null || format !== "json")) value = value.slice();
  if (cipher == null) return withPayload(wire, { value, steps, format });
  const encrypted = join(isText ? join(steps, "utf-8") : steps, cipher.encoding);
  return cipher.encryptAll([value]).then(([value]) =>
    withPayload(wire, { value: value!, steps: encrypted, format })
  );
}

function withPayload<Wire extends PayloadCarrier>(
  wire: Wire,
  { value, steps, format }: {
    value: string | Uint8Array<ArrayBuffer>;
    steps: string;
    format: Format;
  },
): Wire {
  const isBase64 = typeof value !== "string" && format === "json"; // RSL4d1
  wire.data = isBase64 ? toBase64(value) : value;
  const encoding = isBase64 ? join(steps, "base64") : steps;
  if (encoding !== "") wire.encoding = encoding;
  return wire;
}

/** A payload that later changes by the caller do not affect, except for its bytes. */
export interface OwnPayload {
  /** Text, or the caller's bytes, which must be encoded before the call returns. Absent when there is no payload. */
  data?: string | BinaryLike;
  /** The steps that were applied. Absent if there are none. */
  encoding?: string;
  /** Whether the text is JSON made from an object. */
  isJson?: boolean;
}

/**
 * Reads a payload. An object is written as JSON once, so that the text that is measured is the one that is sent (RSL4c3,
 * RSL4d3). Text and bytes are returned unchanged (RSL4c1, RSL4c2, RSL4d2).
 *
 * @param data Text, bytes, an object or array, or nothing.
 * @param encoding Steps that the caller has already applied, if any.
 * @throws {ErrorInfo} 40013 if the payload is of another type (RSL4a).
 */
export function ownPayload(data: unknown, encoding: string | null | undefined): OwnPayload {
  if (data == null) return {};
  const steps = encoding || "";
  if (typeof data === "string" || isBinary(data)) {
    return steps === "" ? { data } : { data, encoding: steps };
  }
  return { data: stringify(data), encoding: join(steps, "json"), isJson: true };
}

function join(steps: string, step: string): string {
  return steps === "" ? step : `${steps}/${step}`;
}

function stringify(data: unknown): string {
  if (typeof data !== "object") throw unsupported(typeof data);
  let text: string | undefined;
  try {
    text = JSON.stringify(data);
  } catch (cause) {
    throw unsupported("an object that JSON cannot represent", cause);
  }
  const kind = Object.prototype.toString.call(data).slice(8, -1);
  // RSL4a: JSON represents a Date or a URL as text, so receivers could not distinguish it from published text.
  if (text === undefined || kind !== "Object" && !/^[{[]/.test(text)) throw unsupported(kind);
  // JSON writes `{}` for objects that it cannot represent. For example, a promise without its await would be published as "{}".
  const lost = text.includes("{}") ? findLost(data) : undefined;
  if (lost !== undefined) throw unsupported(lost);
  return text;
}

function unsupported(kind: string, cause?: unknown): ErrorInfo {
  return createError(
    ErrorCode.InvalidMessageData,
    `The message data is of an unsupported type: ${kind}`,
    "Give a string, binary data, or an object or array that JSON can represent; wrap other values in an object.",
    { cause },
  );
}

/** Something that carries a payload: a message, a presence message or an annotation. */
export interface PayloadCarrier {
  /** The payload. */
  data?: unknown;
  /** The steps that are still to be undone; `null` when there are none left. */
  encoding?: string | null;
}

/** The context for decoding a payload. */
export interface DecodeContext {
  /** The cipher of the channel, if it has one. */
  cipher?: AesCbcCipher | null;
  /** Called with the error when decoding stops early (RSL6b). */
  onError?: (error: ErrorInfo) => void;
}

/**
 * Undoes the steps of a payload in place, from the right (RSL6). If a step fails, the payload stays as it was decoded so far,
 * and the remaining steps stay in `encoding` (RSL6b).
 *
 * @returns Nothing; a promise only if a cipher has to work.
 */
export function decodePayload(
  carrier: PayloadCarrier,
  context: DecodeContext,
): void | Promise<void> {
  if (stopsAtCipher(carrier, context)) return decrypt([carrier], context);
}

/** Undoes the steps of several payloads as {@linkcode decodePayload} does, with one call of the cipher for all. */
export function decodePayloads(
  carriers: readonly PayloadCarrier[],
  context: DecodeContext,
): void | Promise<void> {
  let encrypted: PayloadCarrier[] | undefined;
  for (const carrier of carriers) {
    if (stopsAtCipher(carrier, context)) (encrypted ??= []).push(carrier);
  }
  if (encrypted) return decrypt(encrypted, context);
}

/** Undoes steps until none is left, one fails, or one needs the cipher. Returns true in the last case. */
function stopsAtCipher(carrier: PayloadCarrier, context: DecodeContext): boolean {
  if (!carrier.encoding || typeof carrier.encoding !== "string") { // RSF1
    if (carrier.data !== undefined && isBinary(carrier.data)) carrier.data = toBytes(carrier.data);
    return false;
  }
  while (carrier.encoding) {
    const slash = carrier.encoding.lastIndexOf("/");
    const step = carrier.encoding.slice(slash + 1);
    try {
      if (step.startsWith("cipher+")) {
        checkCipher(carrier.data, step, context);
        return true;
      }
      carrier.data = decodeStep(step, carrier.data);
    } catch (cause) {
      context.onError?.(failed(step, cause));
      return false;
    }
    carrier.encoding = slash < 0 ? null : carrier.encoding.slice(0, slash);
  }
  return false;
}

function decodeStep(step: string, data: unknown): unknown {
  switch (step) {
    case "json":
      return JSON.parse(typeof data === "string" ? data : fromUtf8Strict(bytesOf(data)));
    case "utf-8":
      return typeof data === "string" ? data : fromUtf8Strict(bytesOf(data));
    case "base64":
      return typeof data === "string" ? fromBase64Payload(data) : bytesOf(data);
    default:
      throw new Error("The step is unknown");
  }
}

function bytesOf(data: unknown): Uint8Array<ArrayBuffer> {
  if (isBinary(data)) return toBytes(data);
  throw new Error(`It needs binary data, got ${kindOf(data)}`);
}

function kindOf(data: unknown): string {
  return data === null ? "null" : isBinary(data) ? "binary data" : typeof data;
}

function checkCipher(data: unknown, step: string, { cipher }: DecodeContext): void {
  if (cipher == null) throw new Error("The channel has no cipher");
  if (cipher.encoding !== step) throw new Error(`The cipher of the channel is ${cipher.encoding}`);
  bytesOf(data);
}

/** Decrypts payloads, and undoes the steps that follow. */
async function decrypt(carriers: readonly PayloadCarrier[], context: DecodeContext): Promise<void> {
  const cipher = context.cipher!;
  const results = await cipher.decryptAll(carriers.map(({ data }) => bytesOf(data))).catch(
    (cause: Error) => carriers.map(() => cause), // The runtime has no SubtleCrypto. RSL6b applies.
  );
  const decrypted = carriers.filter((carrier, index) => {
    const result = results[index]!;
    if (result instanceof Error) {
      context.onError?.(failed(cipher.encoding, result));
      return false;
    }
    carrier.data = result;
    carrier.encoding = carrier.encoding!.slice(0, -cipher.encoding.length - 1) || null;
    return true;
  });
  await decodePayloads(decrypted, context);
  for (const carrier of decrypted) {
    // Text has been decoded from the shared buffer. Bytes are copied, because the buffer also contains other payloads.
    const { data } = carrier;
    if (data instanceof Uint8Array && data.length < data.buffer.byteLength) {
      carrier.data = data.slice();
    }
  }
}

function failed(step: string, cause: unknown): ErrorInfo {
  // The runtime's own text quotes the payload, which must not be in the log.
  const reason = step === "json" && cause instanceof SyntaxError
    ? "It is not JSON"
    : messageOf(cause);
  return createError(
    ErrorCode.InvalidMessageData,
    `Failed to decode the "${step}" step of a payload: ${reason}`,
    "Check that both sides use the same cipher key and that the payload was not altered.",
    { cause },
  );
}
