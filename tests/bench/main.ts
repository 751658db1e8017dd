/**
 * Runs the benchmarks on Deno and on Bun, one after the other. An argument narrows them to matching file names.
 *
 * @module
 */
import { bunPath } from "../runtimes/binaries.ts";

const folder = new URL("./", import.meta.url);
const wanted = Deno.args[0] ?? "";
const runtimes: Record<string, string[]> = {
  Deno: [Deno.execPath(), "run", "--allow-all"],
  Bun: [bunPath()],
};

for await (const { name } of Deno.readDir(folder)) {
  if (!name.endsWith("_bench.ts") || !name.includes(wanted)) continue;
  for (const [runtime, [command, ...args]] of Object.entries(runtimes)) {
    console.log(`\n${name} on ${runtime}`);
    const { success } = await new Deno.Command(command!, {
      args: [...args, new URL(name, folder).pathname],
    }).spawn().status;
    if (!success) Deno.exit(1);
  }
}
