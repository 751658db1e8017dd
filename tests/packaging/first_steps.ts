import { assertEquals } from "../assert.ts";
import { bunPath } from "../runtimes/binaries.ts";
import { ROOT } from "../runtimes/files.ts";
import { run } from "./process.ts";
import type { Checks } from "./templates.ts";

/** A part of the page: the runtime or package manager, and the commands for it. */
interface Section {
  title: string;
  commands: string;
}

const PAGE = `${ROOT}/docs/getting-started.md`;

const page = Deno.readTextFileSync(PAGE);
const program = /^```js\n(.*?)^```$/ms.exec(page)?.[1] ?? "";
const sections: Section[] = page.split(/^## /m).slice(1).flatMap((text) => {
  const commands = /^```sh\n(.*?)^```$/ms.exec(text)?.[1];
  return commands === undefined ? [] : [{ title: text.split("\n")[0]!, commands }];
});

/**
 * Follows the page of the first steps, each section in an empty folder beside the clone.
 *
 * @param managers The packages of npm by the name of their command.
 */
export function firstSteps(managers: Readonly<Record<string, string>>): Checks {
  const checks = sections.map(({ title, commands }): [string, Checks[string]] => [
    title,
    async ({ folder, node }) => {
      const own = `${folder}/${title.replaceAll(" ", "-")}`;
      await Deno.mkdir(own);
      await Deno.writeTextFile(`${own}/hello.mjs`, program);
      const programs = {
        deno: Deno.execPath(),
        bun: bunPath(),
        node,
        ...Object.fromEntries(
          Object.entries(managers).map(([name, version]) => [name, `npx --yes ${version}`]),
        ),
      };
      const output = await run({
        program: "sh",
        args: ["-ec", commands],
        cwd: own,
        env: { PATH: `${await commandsIn(folder, programs)}:${Deno.env.get("PATH")}` },
      });
      assertEquals(output.trim().split("\n").at(-1), "Order 17");
    },
  ]);
  return {
    "the page has commands for each": async () => {
      const titles = sections.map(({ title }) => title);
      assertEquals(titles, ["Deno", "Node with npm", "pnpm", "Yarn", "Bun"]);
    },
    ...Object.fromEntries(checks),
  };
}

/** Writes commands of these names, and returns their folder. */
async function commandsIn(folder: string, programs: Record<string, string>): Promise<string> {
  const bin = `${folder}/bin`;
  await Deno.mkdir(bin, { recursive: true });
  for (const [name, program] of Object.entries(programs)) {
    await Deno.writeTextFile(`${bin}/${name}`, `#!/bin/sh\nexec ${program} "$@"\n`, {
      mode: 0o755,
    });
  }
  return bin;
}

/** Puts the clone beside the folders. */
export async function linkClone(folder: string): Promise<void> {
  await Deno.symlink(ROOT, `${folder}/ably-edge`);
}
