import { ErrorInfo } from "../../../mod.ts";
import { assert, assertEquals, test } from "../../harness.ts";
import { NO_OBJECTS, ODD_OBJECTS, type Plain } from "./odd_objects.ts";

/** A public call that takes an object. */
export interface Call {
  /** The call, as a name. */
  readonly name: string;
  /** Its argument. */
  readonly given: Plain | (() => Promise<Plain>);
  /** Whether the names of the members are the caller's to choose. */
  readonly isOpen?: boolean;
  /** Whether it takes what `toJSON()` gives, as payloads do. */
  readonly isJson?: boolean;
  /** Whether it reads the object later than the call is made, as what a callback returns. */
  readonly isLate?: boolean;
  /** Whether it takes any object for what it is. */
  readonly takesAll?: boolean;
  /** Makes ready, and gives what makes the call at once and tells what came of it. */
  readonly ready: () => Ready | Promise<Ready>;
}

/** Makes the call, and tells what came of it. */
export type Ready = (given: never) => unknown;

/** Each call does with odd objects what it does with a plain one, or refuses them. */
export function testCalls(calls: readonly Call[]): void {
  for (const call of calls) {
    test(`${call.name} reads its object once, of any kind`, async () => {
      const given = typeof call.given === "function" ? await call.given() : call.given;
      const wanted = await outcome(call, { ...given });
      assert(!/^(refused|failed|ended)/.test(wanted), `${call.name} of a plain object: ${wanted}`);
      assert(
        wanted !== await outcome(call, {}) || call.takesAll,
        `${call.name} does not see its object`,
      );
      for (const odd of ODD_OBJECTS) await check({ ...call, given }, odd, wanted);
      for (const [what, make] of NO_OBJECTS) {
        if (call.takesAll || call.isLate && what === "a promise") continue;
        if (call.isJson && hasJson.includes(what)) continue;
        const found = await outcome(call, make(given));
        assert(found.startsWith("refused"), `${call.name} of ${what}: ${found}`);
      }
    });
  }
}

/** Of these JSON loses nothing. */
const hasJson = ["a Date", "a class without members", "an object with nothing but a toJSON"];

async function check(
  call: Call & { given: Plain },
  odd: (typeof ODD_OBJECTS)[number],
  wanted: string,
) {
  if (odd.after && call.isLate || odd.hidesNames && call.isOpen) return;
  const found = await outcome(call, odd.make(call.given), odd.after);
  if (found === wanted) return;
  const isJson = call.isJson && odd.what.includes("toJSON");
  if (isJson) return assertEquals(found, await outcome(call, { "*": ["*"] }), odd.what);
  const mayRefuse = call.isOpen && !odd.isOpen;
  assert(
    mayRefuse && found.startsWith("refused"),
    `${call.name} of ${odd.what}: ${found}\nwanted: ${wanted}`,
  );
}

async function outcome(
  { ready }: Call,
  given: unknown,
  after?: (odd: object) => void,
): Promise<string> {
  const run = await ready();
  try {
    const result = run(given as never);
    after?.(given as object);
    return JSON.stringify(await result, sorted) ?? "nothing";
  } catch (error) {
    if (error instanceof ErrorInfo) return `refused: ${error.code}`;
    return error === ENDED ? "ended" : `failed: ${String(error)}`;
  }
}

function sorted(_name: string, value: unknown): unknown {
  if (value instanceof Uint8Array) return `bytes ${value.join()}`;
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort());
}

/** Why a signal of these tests ends a call. */
export const ENDED = new Error("Ended by its signal");

/** Options for a call that end it, which is how it is seen that they were read. */
export const ENDING: Plain = { signal: AbortSignal.abort(ENDED) };

/** The outcome of a call whose options end it. */
export async function ended(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return "went on";
  } catch (error) {
    if (error === ENDED) return "was ended by its signal";
    throw error;
  }
}
