import type { Logger } from "./logger.ts";

/** A name that is almost one of those that are known. */
export interface NearMiss {
  /** The name as it was given. */
  readonly wrong: string;
  /** The name that was probably meant. */
  readonly right: string;
}

/**
 * Finds the members of an object whose names are almost those of members that are known and absent, such as `apiKey` for
 * `key`. Such a member has no effect, and it looks as if it had one. The values are not read.
 *
 * @param given The caller's object.
 * @param names The names that are known.
 */
export function nearMisses(given: unknown, names: object): NearMiss[] {
  try {
    return Object.keys(given as object).flatMap((wrong) => {
      const right = wrong in names
        ? undefined
        : Object.keys(names).find((name) =>
          isNear(plain(wrong), plain(name)) && !(name in (given as object))
        );
      return right === undefined ? [] : [{ wrong, right }];
    });
  } catch {
    return []; // It is no object, or a proxy, which may throw anything.
  }
}

/** The names of an object's own members, without the values: the near misses among them can still be found. */
export function namesOf(given: unknown): Record<string, undefined> {
  try {
    return typeof given === "string"
      ? {}
      : Object.fromEntries(Object.keys(given as object).map((name) => [name, undefined]));
  } catch {
    return {};
  }
}

/** The name without the differences between `authUrl`, `authURL` and `auth_url`, and in the singular. */
function plain(name: string): string {
  return name.toLowerCase().replace(/[^a-z\d]/g, "").replace(/ies$/, "y");
}

/** Whether two names differ by a letter, by two that are swapped, or by a word before them, such as the `api` of `apiKey`. */
function isNear(wrong: string, right: string): boolean {
  return wrong.endsWith(right) ||
    right.length > 3 && shortened(wrong).some((text) => shortened(right).includes(text));
}

/** A text, and all that is left of it without one of its letters. */
function shortened(text: string): string[] {
  return [text, ...Array.from(text, (_, at) => text.slice(0, at) + text.slice(at + 1))];
}

/**
 * Warns of near misses. They are no errors: `ably` says nothing of them, and a service of later days may know the name.
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

/** The remedy for a near miss. */
export function didYouMean({ right }: NearMiss): string {
  return `Did you mean "${right}"?`;
}
