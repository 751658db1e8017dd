import { assertEquals } from "../assert.ts";
import { ROOT } from "../runtimes/files.ts";
import { lines } from "../runtimes/lines.ts";
import type { Summary } from "../runtimes/summary.ts";

const PAGE = `${ROOT}/docs/offline-recipes.md`;
const DEADLINE = 2 * 60_000;

/** Writes the files of the recipes that can run anywhere: those for Vitest and Jest, and for Wrangler. */
export async function writeRecipes(folder: string): Promise<void> {
  const page = Deno.readTextFileSync(PAGE);
  const files = [...page.matchAll(/^```js ignore\n\/\/ (\S+)\n(.*?)^```$/gms)]
    .map(([, path = "", code = ""]) => [path, code] as const);
  const [service = "", worker = ""] = [...page.matchAll(/^```jsonc\n(.*?)^```$/gms)]
    .map(([, code = ""]) => code);
  const variables = /The line `(ABLY_API_KEY=\S+)`/.exec(page)?.[1] ?? "";
  const all: (readonly [string, string])[] = [
    ...files.flatMap(([path, code]) =>
      path.startsWith("orders.")
        ? [[`vitest/${path}`, code], [`jest/${path}`, withoutVitest(code)]] as const
        : [[path, code]] as const
    ),
    ["ably/wrangler.jsonc", service],
    ["wrangler.offline.jsonc", worker],
    [".dev.vars", variables],
  ];
  for (const [path, code] of all) {
    const file = `${folder}/${path}`;
    await Deno.mkdir(file.slice(0, file.lastIndexOf("/")), { recursive: true });
    await Deno.writeTextFile(file, code);
  }
}

function withoutVitest(code: string): string {
  return code.replace(/^import .* from "vitest";.*\n/m, "");
}

/**
 * Starts both Workers of the recipe for Wrangler, and publishes through the first one.
 *
 * @param node The path of Node.
 */
export async function runWranglerDev(node: string, folder: string): Promise<Summary> {
  const wrangler = "../node_modules/wrangler/bin/wrangler.js";
  const configs = ["-c", "wrangler.offline.jsonc", "-c", "ably/wrangler.jsonc"];
  const process = new Deno.Command(node, {
    args: [wrangler, "dev", ...configs, "--port", "0", "--inspector-port", "0"],
    cwd: folder,
    env: { CI: "true", WRANGLER_SEND_METRICS: "false", NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    signal: AbortSignal.timeout(DEADLINE),
  }).spawn();
  const errors = new Response(process.stderr).text();
  const printed: string[] = [];
  let passed = 0;
  try {
    for await (const line of lines(process.stdout)) {
      printed.push(line);
      const url = /Ready on (http:\S+)/.exec(line)?.[1];
      if (url === undefined) continue;
      const response = await fetch(url, { method: "POST", body: "tea" });
      assertEquals(await response.json(), ["tea"]);
      passed = 1;
      break;
    }
  } catch (error) {
    console.log(error);
  }
  process.kill();
  await process.status;
  const text = await errors;
  if (passed === 0) console.log(`${printed.join("\n")}\n${text}`);
  return { where: "package, recipe for Wrangler", passed, failed: 1 - passed, skipped: [] };
}
