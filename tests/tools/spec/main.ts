/**
 * Reports how much of the specification is implemented and tested: counts by section, then what is open.
 *
 * With `--brief` it prints the sums alone; with `--all` it says of each point where; with ids, such as `RTN15`, it says so of
 * those and their parts. It fails if a point is left out without a reason, or neither implemented nor left out.
 *
 * @module
 */
import { type Coverage, findCoverage, findFaults, type TextFile } from "./coverage.ts";
import { DECISIONS } from "./decisions.ts";
import sections from "./points.json" with { type: "json" };

// The local service knows the specification too, but it is not the client.
const NOT_COUNTED = ["src/testing", "tests/tools", "tests/packaging", "tests/bench"];

function textsBelow(folder: string): TextFile[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) => {
    const path = `${folder}/${name}`;
    if (isDirectory) return NOT_COUNTED.includes(path) ? [] : textsBelow(path);
    return name.endsWith(".ts") ? [{ path, text: Deno.readTextFileSync(path) }] : [];
  });
}

/** One row for each section, with the sum last. */
function printTable(points: readonly Coverage[], brief: boolean): void {
  const titles = brief ? [] : [...new Set(points.map(({ section }) => section))];
  const width = Math.max(3, ...titles.map(({ length }) => length));
  const row = (title: string, cells: readonly (string | number)[]) =>
    console.log([title.padEnd(width), ...cells.map((cell) => String(cell).padStart(12))].join(""));
  const counts = (some: readonly Coverage[]) => [
    some.length,
    some.filter(({ places }) => places.length > 0).length,
    some.filter(({ reason, tests }) => !reason && tests.length > 0).length,
    some.filter(({ reason }) => reason).length,
    some.filter(({ open }) => open).length,
  ];
  row("", ["points", "implemented", "tested", "left out", "open"]);
  for (const title of titles) {
    row(title, counts(points.filter(({ section }) => section === title)));
  }
  row("All", counts(points));
}

function printReasons(points: readonly Coverage[]): void {
  const reasons = Map.groupBy(
    points.filter(({ reason }) => reason),
    ({ reason }) => reason,
  );
  console.log("\nLeft out");
  for (const [reason, those] of reasons) {
    console.log(`${String(those.length).padStart(5)}  ${reason}`);
  }
}

function printPoint({ id, places, tests, reason }: Coverage): void {
  console.log(`\n${id}${reason ? `: ${reason}` : ""}`);
  for (const place of places) console.log(`  ${place}`);
  for (const test of tests) console.log(`  ${test}`);
}

const input = {
  sections,
  sources: [{ path: "mod.ts", text: Deno.readTextFileSync("mod.ts") }, ...textsBelow("src")],
  tests: textsBelow("tests"),
  decisions: DECISIONS,
};
const points = findCoverage(input);
const faults = findFaults(input);
const open = points.filter((point) => point.open);

if (Deno.args.includes("--brief")) printTable(points, true);
else if (Deno.args.length > 0) {
  const all = Deno.args.includes("--all");
  points.filter(({ id }) => all || Deno.args.some((arg) => id.startsWith(arg))).forEach(printPoint);
} else {
  printTable(points, false);
  printReasons(points);
}
if (open.length > 0) console.error(`\nOpen: ${open.map(({ id }) => id).join(", ")}`);
for (const fault of faults) console.error(fault);
Deno.exit(open.length + faults.length === 0 ? 0 : 1);
