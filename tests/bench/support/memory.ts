import { spawn } from "node:child_process";
import process from "node:process";

/** Runs a benchmark in a process of its own, and returns the numbers that it prints as a JSON array. */
export function inProcess(url: string, args: readonly string[]): Promise<number[]> {
  const script = new URL(url).pathname;
  const command = "Deno" in globalThis
    ? ["run", "--allow-all", "--v8-flags=--expose-gc", script]
    : [script];
  const child = spawn(process.execPath, [...command, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.on("data", (chunk) => text += chunk);
  return new Promise((resolve) => child.once("exit", () => resolve(JSON.parse(text))));
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
