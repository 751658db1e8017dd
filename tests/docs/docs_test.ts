import { assert, assertEquals, test } from "../harness.ts";
import { SnippetRunner, snippets } from "../support/snippets.ts";
import { withDiagrams } from "./support/state_diagrams.ts";

const FOLDER = new URL("../../docs/", import.meta.url);
const names = [...Deno.readDirSync(FOLDER)].map(({ name }) => name).filter((name) =>
  name.endsWith(".md")
).sort();

for (const name of names) {
  const runner = new SnippetRunner();
  for (const snippet of snippets(read(name))) {
    if (snippet.info !== "") continue;
    test(`docs, ${name}: the snippet in line ${snippet.line} does what it says`, () =>
      runner.run(snippet));
  }
}

test("docs: links lead to what is there", () => {
  for (const name of [...names, "../README.md", "../examples/chat/README.md"]) {
    const file = new URL(name, FOLDER);
    for (const [, target = ""] of Deno.readTextFileSync(file).matchAll(/\]\(([^)#:]+)[^):]*\)/g)) {
      Deno.statSync(new URL(target, file));
    }
  }
});

test("docs: every path that is named is there", () => {
  for (const name of names) {
    for (const [, path = ""] of read(name).matchAll(/`((?:src|tests|examples)\/[\w./-]+)`/g)) {
      Deno.statSync(new URL(`../${path}`, FOLDER));
    }
  }
});

test("docs, architecture.md: the diagrams are those of the transition functions", () => {
  const text = read("architecture.md");
  assert(text.includes("stateDiagram-v2"));
  assertEquals(withDiagrams(text), text, "Run tests/tools/diagrams.ts");
});

function read(name: string): string {
  return Deno.readTextFileSync(new URL(name, FOLDER));
}
