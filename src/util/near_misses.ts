import type { Logger } from "./logger.ts";

/** A name that differs slightly from a known one. */
export interface NearMiss {
  /** The name as it was given. */
  readonly wrong: string;
  /** The name that was probably intended. */
  readonly right: string;
}

/**
 * Finds members whose names differ slightly from those of known members that are absent, such as `apiKey` for `key`. They have
 * no effect, although they seem to. The values are not read.
 *
 * @param given The caller's object.
 * @param names The known names.
 */
export function nearMisses(given: unknown, names: object): NearMiss[] {
  if (given == null) return []; // Without this, an exception for each channel took 4 % of the time of attaching.
  try {
    const misses: NearMiss[] = [];
    for (const wrong of Object.keys(given as object)) {
      if (wrong in names) continue;
      const right = Object.keys(names).find((name) =>
        isNear(plain(wrong), plain(name)) && !(name in (given as object))
      );
      if (right !== undefined) misses.push({ wrong, right });
    }
    return misses;
  } catch {
    return []; // It is no object, or a proxy, which may throw anything.
  }
}

/** The names of an object's own members, without their values, to find near misses later. */
export function namesOf(given: unknown): Record<string, undefined> {
  try {
    return typeof given === "string"
      ? {}
      : Object.fromEntries(Object.keys(given as object).map((name) => [name, undefined]));
  } catch {
    return {};
  }
}

/** The name in a form in which `authUrl`, `authURL` and `auth_url` are equal, and in the singular. */
function plain(name: string): string {
  return name.toLowerCase().replace(/[^a-z\d]/g, "").replace(/ies$/, "y");
}

/** Whether two names differ by one letter, by two swapped letters, or by a word before them, such as `api` in `apiKey`. */
function isNear(wrong: string, right: string): boolean {
  return wrong.endsWith(right) ||
    right.length > 3 && shortened(wrong).some((text) => shortened(right).includes(text));
}

/** A text, and each text that results from removing one of its letters. */
function shortened(text: string): string[] {
  return [text, ...Array.from(text, (_, at) => text.slice(0, at) + text.slice(at + 1))];
}

/**
 * Warns of near misses. They are not errors, because `ably` accepts them, and a future service may know the name.
 *
 * @param what The kind of the members, for the log.
 */
export function warnOfMisses(
  logger: Logger,
  given: unknown,
  { what, names }: { what: string; names: object },
): void {
  for (const miss of nearMisses(given, names)) {
    logger.warn(() => `${what}: "${miss.wrong}" is not known. ${didYouMean(miss)}`);
  }
}

/** The remediation for a near miss. */
export function didYouMean({ right }: NearMiss): string {
  return `Did you mean "${right}"?`;
}
