/**
 * The only file of the suite that knows a test runner. Deno's is used where it is there; Bun and
 * workerd hand in theirs before the first test file is loaded, see `tests/runtimes/`.
 *
 * @module
 */

export * from "./assert.ts";

/** A runtime that the suite runs on. */
export type Runtime = "deno" | "bun" | "workerd";

/** The functions that a runtime offers to the harness. */
export interface TestHost {
  runtime: Runtime;
  test(name: string, run: () => Promise<void>, options: CaseOptions): void;
  skip(name: string): void;
  /** Reads a file of the fixtures folder, or returns undefined where no folder was given. */
  readFixture(name: string): unknown | undefined;
}

/** The options of a case. */
export interface CaseOptions {
  /** Set if timers or resources unavoidably outlive the case: they do not count as leaks. */
  leaks?: string;
}

/** The longest a single case may take, in milliseconds. */
export const CASE_DEADLINE = 60_000;

const HOST = Symbol.for("ably-edge.test-host");
const host: TestHost = (globalThis as Record<PropertyKey, unknown>)[HOST] as TestHost ??
  denoHost();

/** The runtime this run is on. */
export const runtime: Runtime = host.runtime;

/** Registers a case, which fails when it throws, rejects, leaks or outlasts the deadline. */
export function test(
  name: string,
  fn: () => void | Promise<void>,
  options: CaseOptions = {},
): void {
  host.test(name, () => withDeadline(fn), options);
}

/** Counts a case as skipped and prints why. */
export function skip(name: string, reason: string): void {
  host.skip(`${name} (skipped: ${reason})`);
}

/**
 * Reads a JSON file of Ably's shared test fixtures.
 *
 * @param name The file's name, such as `"crypto-data-128.json"`.
 * @returns Its content, or `undefined` where `ABLY_FIXTURES` does not name the fixtures' folder.
 */
export function fixture(name: string): unknown | undefined {
  return host.readFixture(name);
}

async function withDeadline(fn: () => void | Promise<void>): Promise<void> {
  const { promise: deadline, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new Error(`Test did not end within ${CASE_DEADLINE / 1000} s`)),
    CASE_DEADLINE,
  );
  try {
    await Promise.race([fn(), deadline]);
  } finally {
    clearTimeout(timer);
  }
}

function denoHost(): TestHost {
  return {
    runtime: "deno",
    test(name, fn, { leaks }) {
      const strict = leaks === undefined;
      Deno.test({ name, fn, sanitizeOps: strict, sanitizeResources: strict, sanitizeExit: true });
    },
    skip: (name) => Deno.test({ name, fn: () => {}, ignore: true }),
    readFixture(name) {
      const query = { name: "env", variable: "ABLY_FIXTURES" } as const;
      if (Deno.permissions.querySync(query).state !== "granted") return undefined;
      const folder = Deno.env.get("ABLY_FIXTURES");
      return folder ? JSON.parse(Deno.readTextFileSync(`${folder}/${name}`)) : undefined;
    },
  };
}
