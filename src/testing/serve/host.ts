/** The functions of the runtime, Deno or Bun, that the command line needs. */
export interface Host {
  /** The arguments after the script. */
  readonly args: readonly string[];
  readTextFile(path: string): Promise<string>;
  /** Reads a file; returns undefined if it does not exist. */
  readFile(path: string): Promise<Uint8Array | undefined>;
  writeFile(path: string, bytes: Uint8Array): Promise<void>;
  /** Calls back on an interrupt signal. */
  onInterrupt(callback: () => void): void;
  exit(code: number): never;
}

interface DenoHost {
  args: string[];
  readTextFile(path: string): Promise<string>;
  readFile(path: string): Promise<Uint8Array>;
  writeFile(path: string, bytes: Uint8Array): Promise<void>;
  errors: { NotFound: new () => Error };
  addSignalListener(signal: string, callback: () => void): void;
  exit(code: number): never;
}

interface BunHost {
  argv: string[];
  file(path: string): {
    text(): Promise<string>;
    exists(): Promise<boolean>;
    bytes(): Promise<Uint8Array>;
  };
  write(path: string, bytes: Uint8Array): Promise<number>;
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
      readFile: async (path) => {
        const file = bun.file(path);
        return await file.exists() ? await file.bytes() : undefined;
      },
      writeFile: async (path, bytes) => void await bun.write(path, bytes),
      onInterrupt: (callback) => SIGNALS.forEach((signal) => process.on(signal, callback)),
      exit: (code) => process.exit(code),
    };
  }
  if (deno !== undefined) {
    return {
      args: deno.args,
      readTextFile: (path) => deno.readTextFile(path),
      readFile: async (path) => {
        try {
          return await deno.readFile(path);
        } catch (error) {
          if (error instanceof deno.errors.NotFound) return undefined;
          throw error;
        }
      },
      writeFile: (path, bytes) => deno.writeFile(path, bytes),
      onInterrupt: (callback) =>
        SIGNALS.forEach((signal) => deno.addSignalListener(signal, callback)),
      exit: (code) => deno.exit(code),
    };
  }
  throw new Error("The local service can be run on Deno and on Bun");
}
