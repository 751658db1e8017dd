/** The kind of value that a field may hold. A `"whole"` is a number that counts something; `"any"` accepts every value. */
export type FieldKind = "text" | "number" | "whole" | "object" | "array" | "any";

/** The kinds that a field of a type may have. */
type KindOf<T> = [T] extends [string] ? "text" | "any"
  : [T] extends [number] ? "number" | "whole" | "any"
  : [T] extends [readonly unknown[]] ? "array"
  : "object";

/** The kinds of all fields of a type. The type checker refuses a table with a missing field or a kind that does not fit. */
export type FieldKinds<Wire> = {
  readonly [Name in keyof Wire]-?: unknown extends Wire[Name] ? FieldKind
    : KindOf<NonNullable<Wire[Name]>>;
};

/** The check of the fields of a type. */
export interface FieldCheck<Wire> {
  /** The kinds of all fields, by name. A map, because a name from the network may be that of an inherited member. */
  readonly kinds: ReadonlyMap<string, FieldKind>;
  /**
   * Whether all fields have values of their kinds. It is written out, because that takes a third of the time of a loop over
   * `kinds`.
   */
  readonly isFine: (wire: Wire) => boolean;
}

/** Makes the check of the fields of a type. */
export function fieldCheck<Wire>(
  kinds: FieldKinds<Wire>,
  isFine: (wire: Wire) => boolean,
): FieldCheck<Wire> {
  return { kinds: new Map(Object.entries(kinds)), isFine };
}

/**
 * Removes fields with values of the wrong type, so that they count as absent. Null also counts as absent and is kept; fields
 * that are not in the table are kept (RSF1).
 *
 * @param wire The received object. It is changed in place.
 * @param check The check of its fields.
 * @returns The names of the removed fields; undefined if there are none, as usual.
 */
export function removeMistyped<Wire extends object>(
  wire: Wire,
  check: FieldCheck<Wire>,
): string[] | undefined {
  return check.isFine(wire) ? undefined : remove(wire as Record<string, unknown>, check.kinds);
}

function remove(
  fields: Record<string, unknown>,
  kinds: ReadonlyMap<string, FieldKind>,
): string[] {
  const names = Object.keys(fields).filter((name) => !fits(fields[name], kinds.get(name)));
  for (const name of names) delete fields[name];
  return names;
}

function fits(value: unknown, kind: FieldKind | undefined): boolean {
  switch (kind) {
    case "text":
      return isText(value);
    case "number":
      return isNumber(value);
    case "whole":
      return isWhole(value);
    case "object":
      return isObject(value);
    case "array":
      return isList(value);
    default:
      return true;
  }
}

/** Whether a value is text or absent. */
export function isText(value: unknown): boolean {
  return typeof value === "string" || value == null;
}

/** Whether a value is a finite number or absent. */
export function isNumber(value: unknown): boolean {
  return value == null || Number.isFinite(value);
}

/** Whether a value is a number that counts something, or absent. */
export function isWhole(value: unknown): boolean {
  return value == null || Number.isSafeInteger(value) && value as number >= 0;
}

/** Whether a value is an object, or absent. */
export function isObject(value: unknown): boolean {
  return value == null || isRecord(value);
}

/** Whether a value is an array, or absent. */
export function isList(value: unknown): boolean {
  return value == null || Array.isArray(value);
}

/** Whether a value is an object with fields: not an array, bytes or null. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    !ArrayBuffer.isView(value);
}
