import { ROOT } from "./files.ts";
import { printLines } from "./lines.ts";

/** The result of one run of the suite. */
export interface Summary {
  /** The runtime, such as `"bun"` or `"workerd 2025-06-01"`. */
  where: string;
  passed: number;
  failed: number;
  /** The names of the skipped cases, with the reason. */
  skipped: string[];
}

/** Writes a run as one line. */
export function describe({ where, passed, failed, skipped }: Summary): string {
  return `${where}: ${passed} passed, ${failed} failed, ${skipped.length} skipped`;
}

// Its name, and what is inside it unless it closes itself.
const TEST_CASE = /<testcase name="([^"]*)"[^>]*?(?:\/>|>(.*?)<\/testcase>)/gs;

/** A test command that writes a JUnit report. */
export interface TestCommand {
  program: string;
  args: string[];
  /** Lines that are not printed. */
  noise: RegExp;
}

/**
 * Runs a test command and reads the counts from its report.
 *
 * @param where The name of the run.
 * @param command Makes the command from the path that the report has to be written to.
 * @returns The counts. A run that fails without a failed case, say because a file does not load,
 *   counts as one failure more.
 */
export async function runWithReport(
  where: string,
  command: (report: string) => TestCommand,
): Promise<Summary> {
  console.log(`\n${where}`);
  const report = await Deno.makeTempFile({ suffix: ".xml" });
  try {
    const success = await run(where, command(report));
    const xml = await Deno.readTextFile(report);
    const cases = [...xml.matchAll(TEST_CASE)];
    const holding = (tag: RegExp) => cases.filter(([, , content = ""]) => tag.test(content));
    const failures = holding(/<(?:failure|error)\b/).length;
    const skipped = holding(/<skipped\b/).map(([, name = ""]) => unescapeXml(name));
    const failed = failures === 0 && !success ? 1 : failures;
    return { where, passed: cases.length - failures - skipped.length, failed, skipped };
  } finally {
    await Deno.remove(report);
  }
}

async function run(where: string, { program, args, noise }: TestCommand): Promise<boolean> {
  const process = new Deno.Command(program, {
    args,
    cwd: ROOT,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  // Another run may print its lines between these.
  const named = (line: string) => `${where}: ${line}`;
  await Promise.all([process.stdout, process.stderr].map((out) => printLines(out, noise, named)));
  return (await process.status).success;
}

function unescapeXml(text: string): string {
  return text
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&apos;", "'")
    .replaceAll("&amp;", "&");
}
