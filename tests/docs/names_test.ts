import { assert, assertEquals, test } from "../harness.ts";

const ROOT = new URL("../../", import.meta.url);

/** Pages for people who change the library. Their code spans name files, tasks and code. */
const PAGES = [
  "CONTRIBUTING.md",
  "docs/architecture.md",
  "docs/reliability.md",
  ...[...Deno.readDirSync(new URL("docs/decisions/", ROOT))].map(({ name }) =>
    `docs/decisions/${name}`
  ).sort(),
];

const sources = new Map<string, string>();
for (const folder of ["src", "tests", "examples"]) readBelow(folder);
const all = [...sources.values()].join("\n");
const { tasks } = JSON.parse(read("deno.json")) as { tasks: Record<string, unknown> };

/** Reports what a code span names without being there; undefined for spans that name nothing of this repository. */
function missing(span: string): string | undefined {
  const task = /^deno task ([\w:]+)/.exec(span)?.[1];
  if (task !== undefined) return task in tasks ? undefined : "task";
  if (/^(?:(?:src|tests|docs|examples)\/[\w./-]*|[A-Z]+\.md)$/.test(span)) {
    return isThere(span) ? undefined : "path";
  }
  if (/^[\w/]+\.ts$/.test(span)) return endsSomePath(span) ? undefined : "file";
  const [, owner = "", member = ""] = /^([A-Z]\w*)\.([a-z]\w*)(?:\(.*\))?$/.exec(span) ?? [];
  if (owner !== "") return declaresMember(owner, member) ? undefined : "member";
  const name = /^([a-zA-Z]\w*[a-z]\w*)\(.*\)$|^([A-Z][a-z]+[A-Z]\w*|[a-z]+[A-Z]\w*)$/.exec(span);
  if (name) return new RegExp(`\\b${name[1] ?? name[2]}\\b`).test(all) ? undefined : "name";
  return undefined;
}

function isThere(path: string): boolean {
  try {
    Deno.statSync(new URL(path, ROOT));
    return true;
  } catch {
    return false;
  }
}

function endsSomePath(name: string): boolean {
  return [...sources.keys(), "mod.ts"].some((path) => path === name || path.endsWith(`/${name}`));
}

function declaresMember(owner: string, member: string): boolean {
  const declares = new RegExp(`\\b(?:class|interface|const|type) ${owner}\\b`);
  const names = new RegExp(`\\b${member}\\b`);
  const declaring = [...sources.values()].filter((source) => declares.test(source));
  // Globals of the runtime are not declared here.
  return declaring.some((source) => names.test(source)) ||
    declaring.length === 0 && owner in globalThis;
}

function readBelow(folder: string): void {
  for (const { name, isDirectory } of Deno.readDirSync(new URL(folder, ROOT))) {
    const path = `${folder}/${name}`;
    if (isDirectory && name !== "node_modules" && name !== "dist") readBelow(path);
    else if (name.endsWith(".ts")) sources.set(path, read(path));
  }
}

function read(path: string): string {
  return Deno.readTextFileSync(new URL(path, ROOT));
}

function spansOf(page: string): string[] {
  const prose = read(page).replace(/^```.*?^```/gms, "");
  return [...prose.matchAll(/`([^`\n]+)`/g)].map(([, span = ""]) => span);
}

for (const page of PAGES) {
  test(`docs, ${page}: the files, tasks and names in code spans exist`, () => {
    const wrong = spansOf(page).flatMap((span) => {
      const kind = missing(span);
      return kind === undefined ? [] : [`${kind} ${span}`];
    });
    assertEquals(wrong, []);
  });
}

test("docs, architecture.md: each name in a link is in the file that the link leads to", () => {
  const links = [
    ...read("docs/architecture.md").matchAll(/\[`([^`]+)`\]\(\.\.\/(src\/[\w./]+\.ts)\)/g),
  ];
  assert(links.length > 12, `only ${links.length} links`);
  for (const [, text = "", path = ""] of links) {
    const names = text.endsWith(".ts") ? [] : text.split(".");
    for (const name of names) {
      assert(new RegExp(`\\b${name}\\b`).test(read(path)), `${name} is not in ${path}`);
    }
    if (names.length === 0) assert(path.endsWith(text), `${text} is not ${path}`);
  }
});

test("docs, CONTRIBUTING.md and decisions: links lead to files that exist", () => {
  for (const page of PAGES) {
    const file = new URL(page, ROOT);
    const text = read(page).replace(/`[^`\n]*\]\([^`\n]*`/g, ""); // Code such as a[b](c) is not a link.
    for (const [, target = ""] of text.matchAll(/\]\(([^)#:]+)[^):]*\)/g)) {
      Deno.statSync(new URL(target, file));
    }
  }
});
