import { spawn } from "node:child_process";
import process from "node:process";

/** The arguments of a benchmark that runs by {@linkcode inProcess}; undefined in the first process. */
export const processArgs: string[] | undefined = process.env.BENCH_ARGS === undefined
  ? undefined
  : JSON.parse(process.env.BENCH_ARGS);

/** Runs a benchmark in a process of its own, and returns the numbers that it prints as a JSON array. */
export function inProcess(url: string, args: readonly (string | number)[]): Promise<number[]> {
  const script = new URL(url).pathname;
  const child = spawn(process.execPath, [...flags(), script], {
    env: { ...process.env, BENCH_ARGS: JSON.stringify(args) },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.on("data", (chunk) => text += chunk);
  return new Promise((resolve) => child.once("exit", () => resolve(JSON.parse(text))));
}

function flags(): string[] {
  if ("Deno" in globalThis) return ["run", "--allow-all", "--v8-flags=--expose-gc"];
  return process.execArgv; // On Node, they load the hooks.
}

/** The memory in use once the garbage is gone. */
export async function memory(): Promise<{ rss: number; heapUsed: number }> {
  const { gc, Bun } = globalThis as { gc?: () => void; Bun?: { gc(force: boolean): void } };
  for (let turn = 0; turn < 5; turn++) {
    gc?.();
    Bun?.gc(true);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return process.memoryUsage();
}
