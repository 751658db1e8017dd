/** What the command line needs of the runtime that it runs on, Deno or Bun. */
export interface Host {
  /** The arguments after the script. */
  readonly args: readonly string[];
  readTextFile(path: string): Promise<string>;
  writeTextFile(path: string, text: string): Promise<void>;
  /** Calls back when the process is asked to end. */
  onInterrupt(callback: () => void): void;
  exit(code: number): never;
}

interface DenoHost {
  args: string[];
  readTextFile(path: string): Promise<string>;
  writeTextFile(path: string, text: string): Promise<void>;
  addSignalListener(signal: string, callback: () => void): void;
  exit(code: number): never;
}

interface BunHost {
  argv: string[];
  file(path: string): { text(): Promise<string> };
  write(path: string, text: string): Promise<number>;
}

interface ProcessHost {
  on(signal: string, callback: () => void): void;
  exit(code: number): never;
}

const SIGNALS = ["SIGINT", "SIGTERM"];

/** The runtime of this process. */
export function currentHost(): Host {
  const { Deno: deno, Bun: bun, process } = globalThis as unknown as {
    Deno?: DenoHost;
    Bun?: BunHost;
    process: ProcessHost;
  };
  if (bun !== undefined) {
    return {
      args: bun.argv.slice(2),
      readTextFile: (path) => bun.file(path).text(),
      writeTextFile: async (path, text) => void await bun.write(path, text),
      onInterrupt: (callback) => SIGNALS.forEach((signal) => process.on(signal, callback)),
      exit: (code) => process.exit(code),
    };
  }
  if (deno !== undefined) {
    return {
      args: deno.args,
      readTextFile: (path) => deno.readTextFile(path),
      writeTextFile: (path, text) => deno.writeTextFile(path, text),
      onInterrupt: (callback) =>
        SIGNALS.forEach((signal) => deno.addSignalListener(signal, callback)),
      exit: (code) => deno.exit(code),
    };
  }
  throw new Error("The local service can be run on Deno and on Bun");
}
