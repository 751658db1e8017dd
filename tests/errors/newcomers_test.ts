import { assert, assertMatch, skip, test } from "../harness.ts";
import { mistakesOn, outputs } from "./support/mistakes.ts";
import { isThere, makeProject, PRINTERS } from "./support/programs.ts";

for (const printer of PRINTERS) {
  const name = `TI5: the output of ${
    mistakesOn(printer).length
  } likely mistakes has code and remedy on ${printer}`;
  if (!isThere(printer)) {
    skip(name, `there is no ${printer}`);
    continue;
  }
  test(name, async () => {
    await using project = await makeProject();
    const shown = await outputs(printer, project);
    for (const { name, says, remedy } of mistakesOn(printer)) {
      const output = shown.get(name) ?? "";
      assert(
        typeof says === "number" ? output.includes(`${says}`) : says.test(output),
        `${name}: ${output}`,
      );
      assertMatch(output, remedy, name);
    }
  }, { leaks: "esbuild" });
}
