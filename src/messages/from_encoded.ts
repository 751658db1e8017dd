import type { DecodeContext } from "../encoding/chain.ts";
import * as ErrorCode from "../error_numbers.ts";
import { createError, type ErrorInfo } from "../errors.ts";
import { describeError, Logger } from "../util/logger.ts";
import { copyMembers, kindOf, type Shape } from "../util/read_members.ts";
import { cipherOf, type DecodeOptions } from "./decode_options.ts";

/** The description of a wire object, and the function that decodes it. */
export interface Decoder<Wire, Decoded> {
  /** The members of the wire object. */
  readonly shape: Shape<Wire>;
  /** Turns it into its public form, in place, and decodes the payload. */
  readonly decode: (wire: Wire, context: DecodeContext) => Decoded | Promise<Decoded>;
}

/**
 * Decodes an object that was not received on a channel (TM3, TP4, TAN3). The caller's object is not changed.
 *
 * @throws {ErrorInfo} 40013 if it is not an object, 40003 if the cipher options are not valid.
 */
export async function decodeOne<Wire extends object, Decoded>(
  wire: Wire,
  options: DecodeOptions | null | undefined,
  { shape, decode }: Decoder<Wire, Decoded>,
): Promise<Decoded> {
  return await decode(ownWire(wire, shape), contextFor(options));
}

/**
 * Decodes several objects, in order.
 *
 * @throws {ErrorInfo} 40013 if they are not an array of objects, 40003 if the cipher options are not valid.
 */
export async function decodeMany<Wire extends object, Decoded>(
  wires: readonly Wire[],
  options: DecodeOptions | null | undefined,
  { shape, decode }: Decoder<Wire, Decoded>,
): Promise<Decoded[]> {
  if (!Array.isArray(wires)) throw notEncoded("an array of encoded objects", wires);
  const context = contextFor(options);
  return await Promise.all(wires.map((wire) => decode(ownWire(wire, shape), context)));
}

function contextFor(options: DecodeOptions | null | undefined): DecodeContext {
  return {
    cipher: cipherOf(options),
    onError: (error) => new Logger().error(() => describeError(error)), // RSL6b
  };
}

/** A copy that can be decoded in place: the object itself and the members that decoding changes. */
function ownWire<Wire extends object>(wire: Wire, shape: Shape<Wire>): Wire {
  if (typeof wire !== "object" || wire === null || Array.isArray(wire)) {
    throw notEncoded("an encoded object", wire);
  }
  const copy = copyMembers(wire, shape) as Wire & { version?: object; annotations?: object };
  if (copy.version) copy.version = { ...copy.version };
  if (copy.annotations) copy.annotations = { ...copy.annotations };
  return copy;
}

function notEncoded(wanted: string, value: unknown): ErrorInfo {
  return createError(
    ErrorCode.InvalidMessageData,
    `Failed to decode: expected ${wanted}, got ${kindOf(value)}`,
    "Parse the JSON or MessagePack first, then pass the object or the array of objects.",
  );
}
