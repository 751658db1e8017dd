/** The kind of value that a field may hold. A `"whole"` is a number that counts something; `"any"` is anything. */
export type FieldKind = "text" | "number" | "whole" | "object" | "array" | "any";

/** The kinds that fit a type. */
type KindOf<T> = [T] extends [string] ? "text" | "any"
  : [T] extends [number] ? "number" | "whole" | "any"
  : [T] extends [readonly unknown[]] ? "array"
  : "object";

/** The kinds of all fields of a type. The type checker sees to it that none is missing, and that each one fits. */
export type FieldKinds<Wire> = {
  readonly [Name in keyof Wire]-?: unknown extends Wire[Name] ? FieldKind
    : KindOf<NonNullable<Wire[Name]>>;
};

/** The check of the fields of a type. */
export interface FieldCheck<Wire> {
  /** The kinds of all fields, by name. A map, because names from the wire may be those of inherited members. */
  readonly kinds: ReadonlyMap<string, FieldKind>;
  /** Whether all fields are of their kinds. Written out, because that costs a third of going through the table. */
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
 * Removes what came over the wire and is not of its type: to be absent is what it means. Null means the same, and may stay;
 * fields that are not in the table stay (RSF1).
 *
 * @param wire What came, an object. It is changed in place.
 * @param check The check of its fields.
 * @returns The names of the removed fields; undefined, as a rule, if there are none.
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

/** Whether a value is an object that may have fields: neither an array, nor bytes, nor null. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    !ArrayBuffer.isView(value);
}
