import { existsSync } from "node:fs";
import { assert, assertEquals, assertMatch, test } from "../harness.ts";
import { bunPath } from "../runtimes/binaries.ts";
import { type Snippet, SnippetRunner, snippets } from "../support/snippets.ts";
import { withErrors, withoutAlignment } from "./support/error_table.ts";
import { logsIn, withLogs } from "./support/log_scenes.ts";
import { withDiagrams } from "./support/state_diagrams.ts";

const FOLDER = new URL("../../docs/", import.meta.url);
const names = [...Deno.readDirSync(FOLDER)].map(({ name }) => name).filter((name) =>
  name.endsWith(".md")
).sort();

/** The examples with a page. */
const EXAMPLES = [...Deno.readDirSync(new URL("../examples/", FOLDER))].map(({ name }) => name)
  .filter((name) => existsSync(new URL(`../examples/${name}/README.md`, FOLDER)));

/** Blocks that tests/packaging/ and tests/packages/ run, in a project with the packages installed. */
const RUN_ELSEWHERE = ["ignore vitest", "ignore vitest.config.ts", "ignore packages"];

for (const name of names) {
  const runner = new SnippetRunner();
  for (const snippet of snippets(read(name))) {
    const run = howToRun(snippet, runner);
    if (run) test(`docs, ${name}: the snippet in line ${snippet.line} does what it says`, run);
    else assert(RUN_ELSEWHERE.includes(snippet.info), `Nobody runs "${snippet.info}" in ${name}`);
  }
}

test("docs: links lead to what is there", () => {
  for (
    const name of [
      ...[...names, "../README.md", "../SECURITY.md", "../examples/README.md"],
      ...EXAMPLES.map((name) => `../examples/${name}/README.md`),
    ]
  ) {
    const file = new URL(name, FOLDER);
    for (const [, target = ""] of Deno.readTextFileSync(file).matchAll(/\]\(([^)#:]+)[^):]*\)/g)) {
      Deno.statSync(new URL(target, file));
    }
  }
});

test("docs, SECURITY.md: the dependencies are those that are there, in the versions that are tested", () => {
  const text = Deno.readTextFileSync(new URL("../SECURITY.md", FOLDER));
  const { dependencies } = JSON.parse(Deno.readTextFileSync(new URL("../package.json", FOLDER)));
  const named = [...text.matchAll(/`([\w-]+)` (\d+\.\d+\.\d+)/g)].map(([, name, version]) =>
    `${name} ${version}`
  );
  const there = Object.entries(dependencies).map(([name, version]) => `${name} ${version}`);
  assertEquals(named.sort(), there.sort());
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
  assertEquals(withDiagrams(text), text, "Run deno task diagrams");
});

for (const name of names.filter((name) => logsIn(read(name)).length > 0)) {
  test(`docs, ${name}: the logs are those of a client`, async () => {
    const text = read(name);
    assertEquals(await withLogs(text), text, "Run deno task logs");
  });
}

test("docs, errors.md: the tables are those of the source", () => {
  const text = read("errors.md");
  assert(text.includes("ErrorCode.NoCredentials"));
  assertEquals(withoutAlignment(withErrors(text)), withoutAlignment(text), "Run deno task errors");
});

function howToRun(snippet: Snippet, runner: SnippetRunner): (() => Promise<void>) | undefined {
  const config = new URL("../../deno.json", import.meta.url).pathname;
  switch (snippet.info) {
    case "":
      return () => runner.run(snippet);
    case "deno":
      return () =>
        runTestFile(snippet, Deno.execPath(), ["test", "--no-prompt", "--config", config]);
    case "ignore bun":
      return () => runTestFile(snippet, bunPath(), ["test"]);
    default:
      return undefined;
  }
}

/** Runs a snippet that is a test of its own, with the runner that it is for. */
async function runTestFile({ code }: Snippet, program: string, args: string[]): Promise<void> {
  // In a folder of the project, where imports of this library work and which deno.json does not exclude.
  const dir = new URL(".", import.meta.url).pathname;
  const folder = await Deno.makeTempDir({ dir, prefix: "snippet_" });
  try {
    const file = `${folder}/recipe_test.ts`;
    await Deno.writeTextFile(file, code);
    const { code: status, stderr, stdout } = await new Deno.Command(program, {
      args: [...args, file],
      env: { NO_COLOR: "1" },
      stdin: "null",
    }).output();
    const decoder = new TextDecoder();
    const printed = decoder.decode(stdout) + decoder.decode(stderr);
    assertEquals(status, 0, printed);
    assertMatch(printed, /1 pass/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function read(name: string): string {
  return Deno.readTextFileSync(new URL(name, FOLDER));
}
