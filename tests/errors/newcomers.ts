/**
 * Makes the likeliest mistakes of newcomers on each runtime, and prints what the runtime shows of each. An argument narrows
 * it to one runtime; a second one, to mistakes with these words.
 *
 * @module
 */
import { isThere, makeProject, PRINTERS } from "./support/programs.ts";
import { mistakesOn, outputs } from "./support/mistakes.ts";

/** Lines that a reader skips: frames, and the excerpts of source code that Bun prints. */
const SKIPPED = /^\s*(at |\d+ \||\^|$)|^\s*(\.\.\. \d+ lines)/;

const [runtime = "", words = ""] = Deno.args;
await using project = await makeProject();
for (const printer of PRINTERS.filter((name) => name.includes(runtime) && isThere(name))) {
  const shown = await outputs(printer, project);
  for (const { name, says, remedy } of mistakesOn(printer)) {
    if (!name.includes(words)) continue;
    const output = shown.get(name) ?? "";
    const isSaid = typeof says === "number" ? output.includes(`${says}`) : says.test(output);
    const verdict = isSaid && remedy.test(output) ? "" : "  (unclear)";
    const lines = output.split("\n").filter((line) => !SKIPPED.test(line)).slice(0, 6);
    console.log(
      `\n${printer}: ${name}${verdict}\n${lines.map((line) => `    ${line}`).join("\n")}`,
    );
  }
}
