import { assertEquals, test } from "../harness.ts";
import { MUTANTS } from "../simulation/mutants/mutants.ts";

const ROOT = new URL("../../", import.meta.url);

test("each mutant of the simulation fits the code", () => {
  const strays = MUTANTS.filter(({ file, find }) =>
    Deno.readTextFileSync(new URL(file, ROOT)).split(find).length !== 2
  );
  assertEquals(strays.map(({ name }) => name), []);
});
