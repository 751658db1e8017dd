import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** A server for benchmarks in a process of its own. */
export interface BenchServer extends AsyncDisposable {
  /** The port on 127.0.0.1. */
  port: number;
}

/** Starts a script of this folder, from Deno or from Bun; it always runs on Deno. */
export async function startServer(name: string): Promise<BenchServer> {
  const script = new URL(name, import.meta.url).pathname;
  const child = spawn(globalThis.Deno?.execPath() ?? "deno", [
    "run",
    "--allow-net=127.0.0.1",
    script,
  ], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines = createInterface(child.stdout);
  const port = await new Promise<number>((resolve) =>
    lines.once("line", (line) => resolve(Number(line)))
  );
  return {
    port,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        child.once("exit", () => resolve());
        child.kill();
      }),
  };
}
