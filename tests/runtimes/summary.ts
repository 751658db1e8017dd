/** What one run of the suite came to. */
export interface Summary {
  /** Where it ran, such as `"bun"` or `"workerd 2025-06-01"`. */
  where: string;
  passed: number;
  failed: number;
  skipped: number;
}

/** Adds up runs. */
export function total(where: string, runs: readonly Summary[]): Summary {
  const sum = (pick: (run: Summary) => number) => runs.reduce((all, run) => all + pick(run), 0);
  return {
    where,
    passed: sum((run) => run.passed),
    failed: sum((run) => run.failed),
    skipped: sum((run) => run.skipped),
  };
}

/** Writes a run as one line. */
export function describe({ where, passed, failed, skipped }: Summary): string {
  return `${where}: ${passed} passed, ${failed} failed, ${skipped} skipped`;
}

/**
 * Runs a test command that writes a JUnit report and reads the counts from it.
 *
 * @param where The name of the run.
 * @param command Makes the command from the path that the report has to be written to.
 * @returns The counts. A run that fails without a failed case, say because a file does not load,
 *   counts as one failure more.
 */
export async function runWithReport(
  where: string,
  command: (report: string) => Deno.Command,
): Promise<Summary> {
  const report = await Deno.makeTempFile({ suffix: ".xml" });
  try {
    const { success } = await command(report).output();
    const xml = await Deno.readTextFile(report);
    const cases = count(xml, /<testcase\b/g);
    const failures = count(xml, /<(?:failure|error)\b/g);
    const skipped = count(xml, /<skipped\b/g);
    const failed = failures === 0 && !success ? 1 : failures;
    return { where, passed: cases - failures - skipped, failed, skipped };
  } finally {
    await Deno.remove(report);
  }
}

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}
