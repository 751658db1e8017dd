import { createService, serve } from "../../src/testing/mod.ts";
import { assert, assertEquals, test } from "../harness.ts";
import type { Program } from "./programs/program.ts";
import { LEAKY } from "./sandbox.ts";

// Programs in the shape of what people write for Supabase, Deno Deploy, Workers and Bun. Both libraries run the same files,
// in which only the name of the package differs, and print the same.

const FOLDER = new URL("./programs/", import.meta.url);
const OURS = new URL("../../mod.ts", import.meta.url).href;

/** The programs of a file, with this module in the place of `ably`. */
async function withOurs(file: string): Promise<Record<string, Program>> {
  const text = await Deno.readTextFile(new URL(file, FOLDER));
  const changed = text.replaceAll('"ably"', JSON.stringify(OURS));
  assert(changed !== text);
  const url = URL.createObjectURL(new Blob([changed], { type: "application/typescript" }));
  try {
    return (await import(url)).programs;
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** Runs a program against a service of its own, and returns what it prints. */
async function run(program: Program): Promise<string[]> {
  await using service = createService();
  await using served = await serve(service);
  const printed: string[] = [];
  const closing: (() => Promise<void>)[] = [];
  try {
    await program({
      options: served.options(),
      use(client) {
        closing.push(async () => {
          const { connection } = client;
          if (connection.state === "closed" || connection.state === "failed") return;
          const closed = new Promise<void>((resolve) => connection.once("closed", () => resolve()));
          client.close();
          await closed;
        });
        return client;
      },
      drop: () => service.faults.drop(),
      print: (...values) => void printed.push(JSON.stringify(values)),
    });
  } finally {
    for (const close of closing) await close();
  }
  return printed;
}

for (const file of ["default_import.ts", "namespace_import.ts", "dynamic_import.ts"]) {
  const { programs }: { programs: Record<string, Program> } = await import(`./programs/${file}`);
  const ours = await withOurs(file);
  for (const [name, program] of Object.entries(programs)) {
    test(`with ably and with this module: ${name} (${file})`, async () => {
      const official = await run(program);
      assert(official.length > 0);
      assertEquals(await run(ours[name]!), official);
    }, LEAKY);
  }
}
