import type { DecodeOptions } from "./decode_options.ts";
import { itemFactories } from "./from_encoded.ts";
import type { Names, Rule, Shape } from "../util/read_members.ts";
import * as ErrorCode from "../error_numbers.ts";
import { actionOf } from "./wire_action.ts";

/** The actions of annotations, in the order of their numbers on the wire (TAN2b). */
export const ANNOTATION_ACTIONS = [
  "annotation.create",
  "annotation.delete",
] as const satisfies AnnotationAction[];

/** The action of an annotation: create or delete (TAN2b); `"unknown"` for actions this module does not know (RSF1). */
export type AnnotationAction = "annotation.create" | "annotation.delete" | "unknown";

/**
 * An annotation of a message, such as a reaction (TAN1).
 *
 * @typeParam Data The payload.
 */
export interface Annotation<Data = unknown> {
  /** Unique id (TAN2a). */
  id?: string;
  /** Whether it is created or deleted (TAN2b). */
  action?: AnnotationAction;
  /** The clientId of its author (TAN2c). */
  clientId?: string;
  /** Its name, for example an emoji (TAN2d). */
  name?: string;
  /** The number of times it counts (TAN2e). */
  count?: number;
  /** The payload (TAN2f, TAN2f1). */
  data?: Data | null;
  /** The encoding steps that could not be undone (TAN2g). */
  encoding?: string | null;
  /** When the service received it, in milliseconds since the Unix epoch (TAN2h). */
  timestamp?: number;
  /** The identifier of the annotation (TAN2i). */
  serial?: string;
  /** The serial of the message it belongs to (TAN2j). */
  messageSerial?: string;
  /** Its type, for example `reaction:distinct.v1`; decides how it is summarised (TAN2k). */
  type?: string;
  /** Headers and other metadata (TAN2l). */
  extras?: Record<string, unknown>;
}

const WHOLE: Rule = { allows: Number.isInteger, text: "a whole number" };

const NAMES: Names<Annotation> = {
  id: "string",
  action: true,
  clientId: "string",
  name: "string",
  count: WHOLE,
  data: true,
  encoding: "string",
  timestamp: true,
  serial: true,
  messageSerial: true,
  type: true,
  extras: true,
};

/** The members of an annotation. */
export const ANNOTATION: Shape<OutboundAnnotation> = { what: "The annotation", names: NAMES };

/** An annotation to publish or to delete: its type, and any other attributes (RSAN1a2). */
export type OutboundAnnotation =
  & { [Attribute in keyof Annotation]?: Annotation[Attribute] | null }
  & { type: string };

/** An annotation as it is on the wire: payload encoded, action a number. */
export interface WireAnnotation {
  /** Its unique id. */
  id?: string;
  /** Its action, by number. */
  action?: number;
  /** The clientId of its author. */
  clientId?: string;
  /** Its name. */
  name?: string;
  /** The number of times it counts. */
  count?: number;
  /** The payload, encoded. */
  data?: unknown;
  /** The steps that were applied to the payload. */
  encoding?: string | null;
  /** When the service received it, in milliseconds since the Unix epoch. */
  timestamp?: number;
  /** Its identifier. */
  serial?: string;
  /** The serial of the message it belongs to. */
  messageSerial?: string;
  /** Its type, which decides how it is summarised. */
  type?: string;
  /** Headers and other metadata. */
  extras?: unknown;
}

/** Turns a wire annotation into the public form, in place (TAN2b1). The payload stays encoded. */
export function completeAnnotation(wire: WireAnnotation): Annotation {
  const annotation = wire as unknown as Annotation;
  annotation.action = actionOf(ANNOTATION_ACTIONS, wire.action ?? 0);
  return annotation;
}

/** Creates annotations from encoded data or from their attributes. */
export interface AnnotationStatic {
  /**
   * Decodes an annotation that was not received on a channel (TAN3). The object is not changed.
   *
   * @param encoded The annotation as Ably encodes it, parsed from JSON or MessagePack.
   * @param options The cipher, if the payload is encrypted. Steps that cannot be undone stay in `encoding`.
   * @throws {ErrorInfo} 40013 if it is not an object, 40003 if the cipher options are not valid.
   */
  fromEncoded(encoded: object, options?: DecodeOptions | null): Promise<Annotation>;
  /**
   * Decodes several annotations, in order (TAN3).
   *
   * @param encoded The annotations as Ably encodes them.
   * @param options The cipher, if the payloads are encrypted.
   * @throws {ErrorInfo} 40013 if they are not an array of objects, 40003 if the cipher options are not valid.
   */
  fromEncodedArray(
    encoded: readonly object[],
    options?: DecodeOptions | null,
  ): Promise<Annotation[]>;
  /** Creates an annotation from its attributes. */
  fromValues<Data = unknown>(values: Annotation<Data>): Annotation<Data>;
}

/** Creates annotations from encoded data or from their attributes (TAN3). */
export const Annotation: AnnotationStatic = /* @__PURE__ */ itemFactories({
  shape: { what: "The annotation", code: ErrorCode.InvalidMessageData, names: NAMES },
  complete: completeAnnotation,
});
