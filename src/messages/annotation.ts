import { type DecodeContext, decodePayload } from "../encoding/chain.ts";

/** What an annotation does, in the order of their numbers on the wire (TAN2b). */
export const ANNOTATION_ACTIONS = ["annotation.create", "annotation.delete"] as const;

/** What an annotation does: add or take back (TAN2b); `"unknown"` comes from the future (RSF1). */
export type AnnotationAction = typeof ANNOTATION_ACTIONS[number] | "unknown";

/**
 * An annotation of a message, such as a reaction (TAN1).
 *
 * @typeParam Data The payload.
 */
export interface Annotation<Data = unknown> {
  /** Unique id (TAN2a). */
  id?: string;
  /** Whether it is added or taken back (TAN2b). */
  action?: AnnotationAction;
  /** Who made it (TAN2c). */
  clientId?: string | null;
  /** What it says, for example an emoji (TAN2d). */
  name?: string | null;
  /** How often it counts (TAN2e). */
  count?: number | null;
  /** The payload (TAN2f). */
  data?: Data | null;
  /** What could not be decoded of the payload (TAN2g). */
  encoding?: string | null;
  /** When the service received it, in milliseconds since the Unix epoch (TAN2h). */
  timestamp?: number;
  /** Identifies the annotation (TAN2i). */
  serial?: string;
  /** The message it belongs to (TAN2j). */
  messageSerial?: string;
  /** Its type, for example `reaction:distinct.v1`; decides how it is summarised (TAN2k). */
  type?: string;
  /** Headers and other metadata (TAN2l). */
  extras?: Record<string, unknown> | null;
}

/** An annotation as it is on the wire: payload encoded, action a number. */
export interface WireAnnotation {
  id?: string;
  action?: number;
  clientId?: string;
  name?: string;
  count?: number;
  data?: unknown;
  encoding?: string | null;
  timestamp?: number;
  serial?: string;
  messageSerial?: string;
  type?: string;
  extras?: unknown;
}

/** Turns a wire annotation into the public form, in place; the payload stays as it is. */
export function completeAnnotation(wire: WireAnnotation): Annotation {
  const annotation = wire as unknown as Annotation;
  const action: unknown = wire.action;
  if (typeof action !== "string") {
    annotation.action = ANNOTATION_ACTIONS[(action as number | undefined) ?? 0] ?? "unknown";
  }
  return annotation;
}

/**
 * Completes a wire annotation and decodes its payload (TAN3). Annotations are never encrypted: the service aggregates
 * them.
 */
export function decodeAnnotation(
  wire: WireAnnotation,
  context: DecodeContext,
): Annotation | Promise<Annotation> {
  const annotation = completeAnnotation(wire);
  const pending = decodePayload(annotation, context);
  return pending === undefined ? annotation : pending.then(() => annotation);
}
