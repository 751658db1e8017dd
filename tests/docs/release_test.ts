import { assert, assertEquals, assertMatch, test } from "../harness.ts";
import { obstacles } from "../tools/release.ts";
import manifest from "../../deno.json" with { type: "json" };

const { version } = manifest;
const TODAY = "2026-11-29";

test("release: a tag of the version with a dated section may be released", () => {
  const changelog = `## [${version}] - ${TODAY}\n\n### Added\n\n- All of it.\n`;
  assertEquals(obstacles(`v${version}`, changelog, TODAY), []);
});

for (
  const [name, tag, changelog] of [
    ["another version", "v9.9.9", `## [9.9.9] - ${TODAY}\n\n- All of it.\n`],
    ["no section", `v${version}`, "# Changelog\n"],
    ["no date", `v${version}`, `## [${version}] - Unreleased\n\n- All of it.\n`],
    ["a date in the future", `v${version}`, `## [${version}] - 2026-11-30\n\n- All of it.\n`],
    [
      "an empty section",
      `v${version}`,
      `## [${version}] - ${TODAY}\n\n## [0.0.1] - ${TODAY}\n\n- Old.\n`,
    ],
  ] as const
) {
  test(`release: refuses ${name}`, () => {
    assertEquals(obstacles(tag, changelog, TODAY).length, 1);
  });
}

test("workflows: actions are pinned to a commit, and name their version", () => {
  const folder = new URL("../../.github/workflows/", import.meta.url);
  for (const { name } of Deno.readDirSync(folder)) {
    const text = Deno.readTextFileSync(new URL(name, folder));
    for (const [line] of text.matchAll(/uses: .*/g)) {
      assertMatch(line, /^uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    }
    assert(text.includes("\npermissions:\n  contents: read\n"));
  }
});
