import { assertEquals, test } from "../harness.ts";
import { checkEnglish, sentencesOf, sentencesOfMarkdown } from "../tools/english.ts";

/** The lines at which the check objects to a TypeScript file. */
function linesOf(source: string): number[] {
  return numbers(checkEnglish(sentencesOf("a.ts", source)));
}

/** The lines at which the check objects to a Markdown file. */
function linesOfMarkdown(source: string): number[] {
  return numbers(checkEnglish(sentencesOfMarkdown("a.md", source)));
}

function numbers(faults: readonly string[]): number[] {
  return faults.map((fault) => Number(/^a\.\w+:(\d+) "/.exec(fault)![1]));
}

test("english: a comment or a test name that begins with a clause is found", () => {
  const found = [
    "// What the service says.",
    "/** Who made it. */",
    "/**\n * How many items there are.\n */",
    "const a = 1; // Where it is.",
    "// RTN15a: What is lost.",
    "// RTL4c, RTL4d: Whoever asks.",
    'test("RSA4d: what is refused, whatever it is", () => {});',
    'test("Whom it may concern", () => {});',
    "test(`RTL4: What ${name} does`, () => {});",
    'testRealtime("RTL4: nobody notices", () => {});',
  ];
  assertEquals(found.map(linesOf), [[1], [1], [1], [1], [1], [1], [1], [1], [1], [1]]);
});

test("english: words that hide the subject are found in every place of a sentence", () => {
  const found = [
    "// The listener is told of it.",
    "// There is nobody left.",
    "// A call that no one awaits.",
    "// The channel hears of a loss.",
    "// It lets go of the socket.",
    "// This shall be so.",
    "/* A value\n * that is none. */",
  ];
  for (const comment of found) assertEquals(linesOf(`\n${comment}`), [2], comment);
});

test("english: plain sentences pass", () => {
  const plain = [
    "// The host to connect to.",
    "// Whether the service has answered.",
    "// When the socket closes, the client connects again.",
    "// How does it end?",
    "// A shallow copy, and a marshal.",
    "// Whitespace is removed.",
    'const what = "Whatever it is";',
    'test("RTN15a: a lost connection resumes", () => {});',
    'assertEquals(1, 1, "What is this");',
  ];
  for (const source of plain) assertEquals(linesOf(source), [], source);
});

test("english: paragraphs, lists, tables and quotations of Markdown files are read", () => {
  const found = [
    "# A title\n\nWhat it does.",
    "The first sentence. How it goes on\nis in the second one.",
    "- A list\n- Where it ends",
    "1. Who it is",
    "> Whatever it costs.",
    "| name | meaning |\n| --- | --- |\n| a | What it means |",
    "## Nobody listens",
    "A [link that nobody follows](https://example.com).",
    "**What** it is.",
  ];
  assertEquals(found.map(linesOfMarkdown), [[3], [1], [2], [1], [1], [3], [1], [1], [1]]);
});

test("english: code, quoted words, links, headings and examples of bad English pass in Markdown", () => {
  const plain = [
    "## Where things are",
    'Avoid "nobody" and `whatever`.',
    "```ts\n// What it does.\n```",
    "- An item:\n\n  ```sh\n  whoever\n  ```",
    "See [the page](https://example.com/whatever).",
    "---\ntitle: What it is\n---\n\nA page.",
    "<!-- Nobody reads this. -->",
    "<!-- english: off -->\n\nWhat nobody reads.\n\n<!-- english: on -->",
    "What is it? A client.",
  ];
  for (const source of plain) assertEquals(linesOfMarkdown(source), [], source);
});
