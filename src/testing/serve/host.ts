import { fromUtf8 } from "../../util/bytes.ts";
import { hasNodeModules, nodeModule } from "./node_modules.ts";

/** The functions of the runtime that the command line needs. */
export interface Host {
  /** The command that started the program, as a user types it. */
  readonly command: string;
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
  mainModule: string;
  readTextFile(path: string): Promise<string>;
  readFile(path: string): Promise<Uint8Array>;
  writeFile(path: string, bytes: Uint8Array): Promise<void>;
  errors: { NotFound: new () => Error };
  addSignalListener(signal: string, callback: () => void): void;
  exit(code: number): never;
}

interface BunHost {
  file(path: string): {
    text(): Promise<string>;
    exists(): Promise<boolean>;
    bytes(): Promise<Uint8Array>;
  };
  write(path: string, bytes: Uint8Array): Promise<number>;
}

interface ProcessHost {
  argv: string[];
  env: Record<string, string | undefined>;
  cwd(): string;
  on(signal: string, callback: () => void): void;
  exit(code: number): never;
}

/** The name of the program in the package for npm. */
const BINARY = "ably-edge";
/** The commands of package managers that start a program of a package. */
const RUNNERS: Readonly<Record<string, string>> = { bun: "bunx", yarn: "yarn" };
const SIGNALS = ["SIGINT", "SIGTERM"];

/** The runtime of this process. */
export function currentHost(): Host {
  const { Deno: deno, Bun: bun, process } = globalThis as unknown as {
    Deno?: DenoHost;
    Bun?: BunHost;
    process?: ProcessHost;
  };
  if (bun !== undefined && process !== undefined) {
    return {
      ...processHost(process, "bun"),
      readTextFile: (path) => bun.file(path).text(),
      readFile: async (path) => {
        const file = bun.file(path);
        return await file.exists() ? await file.bytes() : undefined;
      },
      writeFile: async (path, bytes) => void await bun.write(path, bytes),
    };
  }
  if (deno !== undefined) {
    return {
      command: denoCommand(deno.mainModule),
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
  if (process !== undefined && hasNodeModules()) {
    const { readFile, writeFile } = nodeModule("node:fs").promises;
    return {
      ...processHost(process, "node"),
      readTextFile: async (path) => fromUtf8(await readFile(path)),
      readFile: async (path) => {
        try {
          return await readFile(path);
        } catch (error) {
          if ((error as { code?: unknown }).code === "ENOENT") return undefined;
          throw error;
        }
      },
      writeFile: (path, bytes) => writeFile(path, bytes),
    };
  }
  throw new Error("The local service runs on Deno, Bun and Node 20.16 and newer");
}

/** The members of a host that Node and Bun have in common. */
function processHost(
  process: ProcessHost,
  runtime: "bun" | "node",
): Pick<Host, "command" | "args" | "onInterrupt" | "exit"> {
  const [, path = "", ...args] = process.argv;
  // Yarn starts it by its path inside an archive.
  const isBinary = path.endsWith(`/${BINARY}`) || path.includes(".zip/node_modules/");
  const [manager = ""] = process.env.npm_config_user_agent?.split("/") ?? [];
  const runner = RUNNERS[manager] ?? "npx";
  return {
    command: isBinary ? `${runner} ${BINARY}` : `${runtime} ${relative(path, process)}`,
    args,
    onInterrupt: (callback) => SIGNALS.forEach((signal) => process.on(signal, callback)),
    exit: (code) => process.exit(code),
  };
}

function denoCommand(main: string): string {
  const inModules = main.lastIndexOf("/node_modules/");
  if (main.startsWith("https:")) return "deno run -N jsr:@ably-edge/sdk/testing/serve";
  return inModules < 0 ? "deno task serve" : `deno run -A ${main.slice(inModules + 1)}`;
}

function relative(path: string, process: ProcessHost): string {
  const folder = `${process.cwd()}/`;
  return path.startsWith(folder) ? path.slice(folder.length) : path;
}

/** Whether a module is the program that was started. */
export function isMain({ main, url }: { main?: boolean; url: string }): boolean {
  if (main !== undefined) return main;
  // Node before 24.2 has no import.meta.main. The path may be a link in node_modules/.bin.
  const { process } = globalThis as { process?: ProcessHost };
  const path = process?.argv?.[1];
  if (path === undefined || !hasNodeModules()) return false;
  try {
    const { href } = nodeModule("node:url").pathToFileURL(nodeModule("node:fs").realpathSync(path));
    return href === url;
  } catch {
    return false;
  }
}
