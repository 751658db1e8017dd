import type { TestHost } from "../harness.ts";

/** A line that the host writes for the runner. */
export type Report =
  | { type: "plan"; file: string; cases: number }
  | { type: "passed" | "skipped"; file: string; name: string }
  | { type: "failed"; file: string; name: string; error: string };

/** The prefix of the host's lines among other output. */
export const REPORT_MARK = "@@report ";

interface Case {
  name: string;
  /** Absent where the case is skipped. */
  run?: () => Promise<void>;
}

// Both are set while the files are bundled.
declare const FIXTURES: Record<string, unknown> | null;
declare const TEST_FILE: { current: string };

const casesOf = new Map<string, Case[]>();

const host: TestHost = {
  runtime: "workerd",
  test: (name, run) => collect({ name, run }),
  skip: (name) => collect({ name }),
  readFixture(name) {
    if (FIXTURES === null) return undefined;
    if (name in FIXTURES) return structuredClone(FIXTURES[name]);
    throw new Error(`Fixture "${name}" is not in the folder that ABLY_FIXTURES names`);
  },
};

Object.assign(globalThis, { [Symbol.for("ably-edge.test-host")]: host });

function collect(one: Case): void {
  const cases = casesOf.get(TEST_FILE.current) ?? [];
  casesOf.set(TEST_FILE.current, [...cases, one]);
}

/** Makes the entry point that runs the cases of a file, in a request of their own. */
export function entryPoint(file: string): { test(): Promise<void> } {
  return {
    async test() {
      const cases = casesOf.get(file) ?? [];
      report({ type: "plan", file, cases: cases.length });
      for (const one of cases) report(await runCase(file, one));
    },
  };
}

async function runCase(file: string, { name, run }: Case): Promise<Report> {
  if (run === undefined) return { type: "skipped", file, name };
  try {
    await run();
    return { type: "passed", file, name };
  } catch (cause) {
    const error = cause instanceof Error ? cause.stack ?? cause.message : String(cause);
    return { type: "failed", file, name, error };
  }
}

function report(line: Report): void {
  console.log(REPORT_MARK + JSON.stringify(line));
}
