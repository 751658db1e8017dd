/**
 * Checks that a tag may be released: it names the version of the manifest and of the sources, and the changelog has a dated section
 * for it.
 *
 * @module
 */
import manifest from "../../deno.json" with { type: "json" };
import { LIBRARY_VERSION } from "../../src/version.ts";

/** Returns the reasons that speak against a release; an empty array if there are none. */
export function obstacles(tag: string, changelog: string, today: string): string[] {
  const found: string[] = [];
  const version = tag.replace(/^v/, "");
  if (tag !== `v${manifest.version}`) {
    found.push(`The tag is "${tag}", and deno.json has version ${manifest.version}`);
  }
  if (LIBRARY_VERSION !== manifest.version) {
    found.push(`src/version.ts has version ${LIBRARY_VERSION}, and deno.json ${manifest.version}`);
  }
  const section = changelog.split(/^## /m).find((text) => text.startsWith(`[${version}]`));
  const [heading = "", ...lines] = section?.split("\n") ?? [];
  const [date] = /\d{4}-\d{2}-\d{2}$/.exec(heading) ?? [];
  if (section === undefined) found.push(`CHANGELOG.md has no section [${version}]`);
  else if (date === undefined) found.push(`The section [${version}] of CHANGELOG.md has no date`);
  else if (date > today) found.push(`The section [${version}] of CHANGELOG.md is dated ${date}`);
  if (section !== undefined && !lines.some((line) => line.startsWith("- "))) {
    found.push(`The section [${version}] of CHANGELOG.md is empty`);
  }
  return found;
}

if (import.meta.main) {
  const today = new Date().toISOString().slice(0, "2026-11-29".length);
  const found = obstacles(Deno.args[0] ?? "", Deno.readTextFileSync("CHANGELOG.md"), today);
  for (const obstacle of found) console.error(obstacle);
  if (found.length > 0) Deno.exit(1);
  console.log(`${Deno.args[0]} may be released`);
}
