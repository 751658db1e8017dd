import { createService, serve } from "../../src/testing/mod.ts";
import { ROOT } from "../runtimes/files.ts";

const NODE = "node@22.23.3";
const RUN_DEADLINE = 60_000;

/** The result of a program. */
export interface Ran {
  /** The lines about what the program has seen, then their number, unless it has failed. */
  lines: string[];
  /** The `Ably-Agent` headers of its requests. */
  agents: string[];
}

/** The program of a Node that npm has installed. */
export async function nodePath(): Promise<string> {
  return (await must("npx", ["--yes", "--package", NODE, "which", "node"], ROOT)).trim();
}

/** Runs a program of `programs/` against a service of its own. */
export async function runProgram(
  [runtime, ...args]: readonly string[],
  cwd: string,
): Promise<Ran> {
  await using service = createService();
  await using served = await serve(service, { hostname: "127.0.0.1" });
  const command = new Deno.Command(runtime!, {
    args,
    cwd,
    env: { SERVICE: JSON.stringify(served.options()), NO_COLOR: "1", NODE_NO_WARNINGS: "1" },
    stdin: "null",
    signal: AbortSignal.timeout(RUN_DEADLINE),
  });
  const { stdout, stderr } = await command.output();
  const decoder = new TextDecoder();
  const lines = decoder.decode(stdout).split("\n").filter((line) => /^(saw|ended) - /.test(line));
  if (lines.at(-1) !== `ended - ${lines.length - 1}`) {
    console.log(`${args.at(-1)} in ${cwd} ended early\n${decoder.decode(stderr)}`);
  }
  const agents = service.log.requests().map(({ headers }) => headers.get("Ably-Agent") ?? "");
  return { lines, agents };
}

/** Runs a command that must succeed, and gives what it prints. */
export async function must(program: string, args: string[], cwd: string): Promise<string> {
  const output = await new Deno.Command(program, { args, cwd, stdin: "null" }).output();
  const decoder = new TextDecoder();
  if (output.success) return decoder.decode(output.stdout);
  throw new Error(
    `${program} ${args.join(" ")} failed\n${decoder.decode(output.stdout)}${
      decoder.decode(output.stderr)
    }`,
  );
}
