import { assert, assertEquals, assertMatch, test } from "../harness.ts";
import { SnippetRunner, snippets } from "../support/snippets.ts";

const FILE = new URL("../../README.md", import.meta.url);
const SUPPORT = new URL("../../docs/support.md", import.meta.url);

const runner = new SnippetRunner();
for (const snippet of snippets(Deno.readTextFileSync(FILE))) {
  test(`README: the snippet in line ${snippet.line} does what it says`, () => runner.run(snippet));
}

test("README: it can be read in five minutes", () => {
  assert(Deno.readTextFileSync(FILE).split(/\s+/).length <= 1200);
});

test("README: the versions are those that are tested", () => {
  const readme = Deno.readTextFileSync(FILE);
  const support = Deno.readTextFileSync(SUPPORT);
  const { devDependencies } = JSON.parse(
    Deno.readTextFileSync(new URL("../../package.json", import.meta.url)),
  );
  for (const name of ["ably", "bun", "workerd"]) {
    assert(support.includes(devDependencies[name]), `${name} ${devDependencies[name]}`);
  }
  const [, pinned] = readme.match(/npx --yes deno@(\S+) task demo/)!;
  for (const [, named] of readme.matchAll(/deno@(\S+) task/g)) assertEquals(named, pinned);
  assert(!/[A-Z]_LINE|\bS_[A-Z]+/.test(readme), "Something is still to be filled in");
  assertMatch(Deno.readTextFileSync(new URL("../../.ci/run", import.meta.url)), RegExp(pinned!));
});
