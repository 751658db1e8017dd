/** The deepest nesting allowed in values. */
const MAX_DEPTH = 100;

/**
 * Whether a decoded value is nested so deeply that encoding it again could exhaust the stack.
 *
 * @param length The number of bytes or characters that it was decoded from.
 */
export function isTooDeep(value: unknown, length: number): boolean {
  // Each level takes at least one byte, so short data cannot be too deep.
  return length > MAX_DEPTH && exceeds(value, MAX_DEPTH);
}

function exceeds(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return false;
  if (levels === 0) return true;
  if (Array.isArray(value)) return value.some((item) => exceeds(item, levels - 1));
  for (const name in value) {
    if (exceeds((value as Record<string, unknown>)[name], levels - 1)) return true;
  }
  return false;
}
