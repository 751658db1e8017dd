import { lines } from "../runtimes/lines.ts";

const DEADLINE = 2 * 60_000;
const STOP_DEADLINE = 5_000;

/** A command, and the conditions under which it runs. */
export interface Command {
  program: string;
  args: string[];
  cwd: string;
  env?: Record<string, string>;
}

/** A program that serves, until the scope ends. */
export interface Running extends AsyncDisposable {
  /** The line that showed that it serves. */
  found: string[];
}

/** Runs a program to its end, and returns its output. */
export async function run(command: Command): Promise<string> {
  const { success, stdout, stderr } = await prepared(command, {}).output();
  const [text, errors] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  if (!success) {
    throw new Error(`${[command.program, ...command.args].join(" ")}\n${text}${errors}`);
  }
  return text!;
}

/** Starts a program, and waits for as many lines that match a pattern as are wanted. */
export async function start(command: Command, pattern: RegExp, wanted = 1): Promise<Running> {
  const process = prepared(command, { signal: AbortSignal.timeout(DEADLINE) }).spawn();
  const ready = Promise.withResolvers<void>();
  const printed: string[] = [];
  const found: string[] = [];
  const read = async (stream: ReadableStream<Uint8Array>) => {
    for await (const line of lines(stream)) {
      printed.push(line);
      const [, match] = pattern.exec(line) ?? [];
      if (match !== undefined) found.push(match);
      if (found.length === wanted) ready.resolve();
    }
  };
  const reading = Promise.all([read(process.stdout), read(process.stderr)]).then(() =>
    ready.reject(new Error(`${command.args.join(" ")} ended early\n${printed.join("\n")}`))
  );
  await ready.promise;
  return {
    found,
    async [Symbol.asyncDispose]() {
      process.kill();
      // Next.js ignores the first signal while it starts.
      const stuck = setTimeout(() => process.kill("SIGKILL"), STOP_DEADLINE);
      await process.status;
      clearTimeout(stuck);
      await reading;
    },
  };
}

function prepared({ program, args, cwd, env }: Command, more: Deno.CommandOptions): Deno.Command {
  return new Deno.Command(program, {
    args,
    cwd,
    env: { NO_COLOR: "1", CI: "true", ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    ...more,
  });
}
