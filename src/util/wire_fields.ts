/**
 * Whether all fields of a received object have values of their types. A check tests each field for itself, written out, because
 * that takes a third of the time of a loop over a table. The table is in the test of the frames.
 */
export type FieldCheck<Wire> = (wire: Wire) => boolean;

/**
 * Removes fields with values of the wrong type, so that they count as absent. Null also counts as absent and is kept; fields
 * that are not checked are kept (RSF1).
 *
 * @param wire The received object. It is changed in place.
 * @param check The check of its fields.
 * @returns The names of the removed fields; undefined if there are none, as usual.
 */
export function removeMistyped<Wire extends object>(
  wire: Wire,
  check: FieldCheck<Wire>,
): string[] | undefined {
  if (check(wire)) return undefined;
  const fields = wire as Record<string, unknown>;
  const names = Object.keys(fields).filter((name) => !check({ [name]: fields[name] } as Wire));
  for (const name of names) delete fields[name];
  return names;
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
