import { printable } from "./printable.ts";
import { redact } from "./redact.ts";

/**
 * The amount of logging: each level includes those before it. `logLevel` also takes the numbers of `ably` on npm: 0 for
 * `"none"`, 1 for `"error"`, 2 for `"info"`, 3 for `"debug"` and 4 for `"trace"`.
 */
export type LogLevel = "none" | "error" | "warn" | "info" | "debug" | "trace";

/**
 * A part of the client that logs: the options and arguments of the caller (`"client"`), credentials (`"auth"`), requests
 * (`"http"`), the connection with its frames, channels, presence, and LiveObjects.
 */
export type LogPart =
  | "client"
  | "auth"
  | "http"
  | "connection"
  | "channel"
  | "presence"
  | "objects";

/** Levels by part, as in `{ default: "error", connection: "debug" }`. Without a `default`, it is `"warn"`. */
export type LogLevels = { readonly [Part in LogPart | "default"]?: LogLevel | number | null };

/** The data of a log message besides its text and level. */
export interface LogDetails {
  /** The part of the client that logged it. */
  readonly part: LogPart;
}

/**
 * Receives log messages (TO3c).
 *
 * @param message The text. It never contains a key, a token or the data of a message.
 * @param level The level at which it was logged: its name, also where `logLevel` was a number.
 * @param details The part of the client that logged it.
 */
export type LogHandler = (
  message: string,
  level: Exclude<LogLevel, "none">,
  details: LogDetails,
) => void;

/** The parts. The type checker ensures that none is missing. */
export const LOG_PARTS: Readonly<Record<LogPart, true>> = {
  client: true,
  auth: true,
  http: true,
  connection: true,
  channel: true,
  presence: true,
  objects: true,
};

const LEVELS: readonly LogLevel[] = ["none", "error", "warn", "info", "debug", "trace"];

/** The numeric levels of `ably` on npm, for users who come from there. */
const NUMERIC_LEVELS: readonly LogLevel[] = ["none", "error", "info", "debug", "trace"];

/** Reads a log level given by name, or by number as in `ably` on npm. */
export function toLogLevel(level: LogLevel | number): LogLevel | undefined {
  return typeof level === "number"
    ? NUMERIC_LEVELS[level]
    : LEVELS.includes(level)
    ? level
    : undefined;
}

/** Writes a line, unless there are too many. */
type Quota = (line: string, write: (line: string) => void) => void;

/**
 * A limit on the number of lines in a period: input from the network must not fill the disk. Before the first line of a later
 * period, the number of lines beyond the limits is written.
 *
 * @param limits The length of a period in milliseconds, and how often the same line, and any line, is written in it.
 */
function quota({ period, same, all }: { period: number; same: number; all: number }): Quota {
  /** The number of times each line was written in this period. */
  const counts = new Map<string, number>();
  let total = 0;
  let left = 0;
  let since = -Infinity;
  return (line, write) => {
    const now = Date.now();
    if (Math.abs(now - since) > period) {
      const unwritten = left;
      counts.clear();
      total = left = 0;
      since = now;
      if (unwritten > 0) write(`${unwritten} repeated or further lines were left out`);
    }
    const count = counts.get(line) ?? 0;
    if (count === same || total === all) {
      left++;
      return;
    }
    total++;
    counts.set(line, count + 1);
    write(line);
  };
}

/** Writes to the console method of the level's own name. */
export const consoleLogHandler = (message: string, level: Exclude<LogLevel, "none">): void => {
  const write = level === "trace" ? console.debug : console[level];
  write(`Ably: ${message}`);
};

/** Levels by part, once their names have been checked. */
export type CheckedLevels = { readonly [Part in LogPart | "default"]?: LogLevel | undefined };

/** The state that the loggers of all parts share. */
interface Shared {
  readonly parts: Partial<Record<LogPart, Logger>>;
  /** The limit on errors and warnings. */
  readonly complaints: Quota;
  /** The limit on all other lines. */
  readonly news: Quota;
}

/**
 * Writes log messages at or below its level (RSC2–RSC4). Texts are passed as functions, so that only those that are logged are
 * built.
 */
export class Logger {
  readonly #rank: number;
  readonly #levels: CheckedLevels;
  readonly #handler: LogHandler;
  readonly #details: LogDetails;
  readonly #shared: Shared;

  /**
   * @param level The level, or the levels of the parts.
   * @param handler Receives the lines.
   * @param part The part that this logger is for, and what the loggers of all parts share.
   */
  constructor(
    level: LogLevel | CheckedLevels = {},
    handler: LogHandler = consoleLogHandler,
    { part = "client", shared }: { part?: LogPart; shared?: Shared } = {},
  ) {
    this.#levels = typeof level === "string" ? { default: level } : level;
    this.#rank = LEVELS.indexOf(this.#levels[part] ?? this.#levels.default ?? "warn");
    this.#handler = handler;
    this.#details = { part };
    this.#shared = shared ?? {
      parts: {},
      complaints: quota({ period: 60_000, same: 5, all: 500 }),
      news: quota({ period: 1_000, same: 20, all: Infinity }),
    };
  }

  /** The logger of a part. */
  of(part: LogPart): Logger {
    const shared = this.#shared;
    return shared.parts[part] ??= new Logger(this.#levels, this.#handler, { part, shared });
  }

  /** Logs at the given level. A handler that fails is ignored: logging must not break the client. */
  log(level: Exclude<LogLevel, "none">, text: () => string): void {
    const rank = LEVELS.indexOf(level);
    if (rank > this.#rank) return;
    try {
      // Errors of listeners and of the runtime can contain secrets.
      const line = printable(redact(text()));
      this.#shared[rank < 3 ? "complaints" : "news"](line, (line) => {
        const result: unknown = this.#handler(line, level, this.#details);
        if (result instanceof Promise) result.catch(() => {}); // An unhandled rejection would end the process.
      });
    } catch {
      // A failed log handler cannot be reported anywhere.
    }
  }

  /** Logs an error. */
  error(text: () => string): void {
    this.log("error", text);
  }

  /** Logs a problem that the developer should look at. */
  warn(text: () => string): void {
    this.log("warn", text);
  }

  /** Logs a state change or another notable event. */
  info(text: () => string): void {
    this.log("info", text);
  }

  /** Logs details that help to follow the client's decisions. */
  debug(text: () => string): void {
    this.log("debug", text);
  }

  /** Logs every frame and request. */
  trace(text: () => string): void {
    this.log("trace", text);
  }
}

/** An error as one line of log text, with its code, its remedy and the page that explains it (TI5). */
export function describeError(error: unknown): string {
  const { message, code, href, remediation } = Object(error) as {
    message?: unknown;
    code?: unknown;
    href?: string;
    remediation?: string;
  };
  if (typeof message !== "string") return String(error);
  // Errors of runtimes have other codes: texts, or the small numbers of a DOMException.
  const page = href ?? (Number(code) >= 10_000 ? `https://help.ably.io/error/${code}` : "");
  return message + (code === undefined ? "" : ` (code ${code})`) +
    (remediation ? `. ${remediation.replace(/\.$/, "")}` : "") +
    (message.includes(page) ? "" : `. See ${page}`);
}
