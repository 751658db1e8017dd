import type { Rule } from "./read_members.ts";

/** A rule for times. */
export const TIME: Rule = {
  allows: (value) => Number.isFinite(value instanceof Date ? value.getTime() : numberOf(value)),
  text: "a time in milliseconds since the Unix epoch, or a Date",
};

/** A number, also as digits: values from a URL or a form are text. */
export function numberOf(value: unknown): number {
  const isNumber = typeof value === "number" || typeof value === "string" && /^\d+$/.test(value);
  return isNumber ? Number(value) : NaN;
}
