/**
 * Makes `points.json`, the list of the specification's live points, from the specification: its ids by section, and no word
 * of its text.
 *
 *     deno run --allow-read --allow-write tests/tools/spec/points.ts <features.md> [objects-features.md]
 *
 * @module
 */

/** The points of one section. */
export interface Section {
  title: string;
  /** In the order of the specification, separated by spaces. */
  points: string;
  /** Those of them that the specification itself calls deprecated. */
  deprecated?: string;
}

const TITLE = /^#{2,4} (.+?)(?: \{#.*\})?$/;
const POINT = /^\s*- (?:\*\*)?`\((\w+)\)`\s*(.*)$/;
const DEAD = /^\W*This clause has been (?:replaced|deleted|removed|renamed)|^\W*\(Moved to/;
const DEPRECATED = /^\W*\((?:optional, )?deprecated\)/;

/** Reads the sections of a document that have live points. */
export function readSections(text: string): Section[] {
  const sections: { title: string; points: string[]; deprecated: string[] }[] = [];
  for (const line of text.split("\n")) {
    const title = TITLE.exec(line)?.[1];
    if (title) {
      sections.push({ title: title.replaceAll(/[`*]/g, ""), points: [], deprecated: [] });
    }
    const [, id, words = ""] = POINT.exec(line) ?? [];
    if (!id || DEAD.test(words)) continue;
    const section = sections.at(-1)!;
    section.points.push(id);
    if (DEPRECATED.test(words)) section.deprecated.push(id);
  }
  return sections.filter(({ points }) => points.length > 0).map((
    { title, points, deprecated },
  ) => ({
    title,
    points: points.join(" "),
    ...(deprecated.length > 0 && { deprecated: deprecated.join(" ") }),
  }));
}

if (import.meta.main) {
  const sections = Deno.args.flatMap((path) => readSections(Deno.readTextFileSync(path)));
  const file = new URL("points.json", import.meta.url);
  Deno.writeTextFileSync(file, `${JSON.stringify(sections, null, 2)}\n`);
  const count = sections.reduce((sum, { points }) => sum + points.split(" ").length, 0);
  console.log(`${count} points in ${sections.length} sections`);
}
