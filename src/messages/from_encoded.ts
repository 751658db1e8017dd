import { type DecodeContext, decodePayload, type PayloadCarrier } from "../encoding/chain.ts";
import * as ErrorCode from "../error_numbers.ts";
import { createError, type ErrorInfo } from "../errors.ts";
import { describeError, Logger } from "../util/logger.ts";
import { copyMembers, kindOf, type Shape } from "../util/read_members.ts";
import { cipherOf, type DecodeOptions } from "./decode_options.ts";

/** A kind of items: messages, presence messages or annotations. */
export interface ItemKind<Values, Wire, Item> {
  /** The members that callers may give. */
  readonly shape: Shape<Values>;
  /** Turns a wire item into its public form, in place. */
  readonly complete: (wire: Wire) => Item;
  /** Completes the copy of a caller's values, in place. */
  readonly finish?: (values: Values) => Values;
}

/** The functions that make items of one kind (TM3, TM4, TP4, TAN3). */
export interface ItemFactories<Values, Item> {
  /** Decodes an item that was not received on a channel. */
  fromEncoded(encoded: object, options?: DecodeOptions | null): Promise<Item>;
  /** Decodes several items, in order. */
  fromEncodedArray(encoded: readonly object[], options?: DecodeOptions | null): Promise<Item[]>;
  /** Makes an item from its attributes. */
  fromValues<V extends Values>(values: V): V;
}

/**
 * Makes the functions for one kind of items. They do not change the caller's objects. The first two reject with 40013 if they are
 * given something other than an object or an array of objects, and with 40003 if the cipher options are not valid.
 */
export function itemFactories<Values extends object, Wire extends object, Item extends object>(
  { shape, complete, finish = (values) => values }: ItemKind<Values, Wire, Item>,
): ItemFactories<Values, Item> {
  const decode = (wire: object, context: DecodeContext) =>
    withDecodedPayload(complete(ownWire(wire, shape as Shape<object>) as Wire), context);
  return {
    fromEncoded: async (encoded, options) => await decode(encoded, contextFor(options)),
    fromEncodedArray: async (encoded, options) => {
      if (!Array.isArray(encoded)) throw notEncoded("an array of encoded objects", encoded);
      const context = contextFor(options);
      return await Promise.all(encoded.map((wire: object) => decode(wire, context)));
    },
    fromValues: <V extends Values>(values: V) => finish(copyMembers(values, shape)) as V,
  };
}

/**
 * Decodes the payload of an item in place.
 *
 * @returns The item; a promise of it only if a cipher has to work.
 */
export function withDecodedPayload<Item extends PayloadCarrier>(
  item: Item,
  context: DecodeContext,
): Item | Promise<Item> {
  const pending = decodePayload(item, context);
  return pending === undefined ? item : pending.then(() => item);
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
