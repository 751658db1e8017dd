import { printable } from "./printable.ts";
import { redact } from "./redact.ts";

/**
 * The amount of logging: each level includes those before it. `logLevel` also takes the numbers of `ably` on npm: 0 for
 * `"none"`, 1 for `"error"`, 2 for `"info"`, 3 for `"debug"` and 4 for `"trace"`.
 */
export type LogLevel = "none" | "error" | "warn" | "info" | "debug" | "trace";

/**
 * Receives log messages (TO3c).
 *
 * @param message The text. It never contains a key or a token.
 * @param level The level at which it was logged: its name, also where `logLevel` was a number.
 */
export type LogHandler = (message: string, level: Exclude<LogLevel, "none">) => void;

/** The period of the two limits below, in milliseconds. */
const MINUTE = 60_000;
/** The number of times that the same complaint is logged in one period. */
const SAME = 5;
/** The number of complaints that are logged in one period: input from the network must not fill the disk. */
const ALL = 500;

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

/** Writes to the console method of the level's own name. */
export const consoleLogHandler: LogHandler = (message, level) => {
  const write = level === "trace" ? console.debug : console[level];
  write(`Ably: ${message}`);
};

/**
 * Writes log messages at or below its level (RSC2–RSC4). Texts are passed as functions, so that only those that are logged are
 * built.
 */
export class Logger {
  readonly #rank: number;
  readonly #handler: LogHandler;
  /** The number of times each complaint was written in this minute. */
  readonly #counts = new Map<string, number>();
  #total = 0;
  #left = 0;
  #since = -Infinity;

  constructor(level: LogLevel = "warn", handler: LogHandler = consoleLogHandler) {
    this.#rank = LEVELS.indexOf(level);
    this.#handler = handler;
  }

  /** Logs at the given level. A handler that fails is ignored: logging must not break the client. */
  log(level: Exclude<LogLevel, "none">, text: () => string): void {
    if (LEVELS.indexOf(level) > this.#rank) return;
    try {
      // Errors of listeners and of the runtime can contain secrets.
      const line = printable(redact(text()));
      if ((level === "error" || level === "warn") && !this.#mayComplain(line)) return;
      const result: unknown = this.#handler(line, level);
      if (result instanceof Promise) result.catch(() => {}); // An unhandled rejection would end the process.
    } catch {
      // A failed log handler cannot be reported anywhere.
    }
  }

  /**
   * Whether to log a complaint. Complaints beyond the limits are counted, and the first one of a later period is preceded by
   * that count.
   */
  #mayComplain(line: string): boolean {
    const now = Date.now();
    if (Math.abs(now - this.#since) > MINUTE) {
      const left = this.#left;
      this.#counts.clear();
      this.#total = this.#left = 0;
      this.#since = now;
      if (left > 0) this.#handler(`${left} repeated or further complaints were left out`, "warn");
    }
    const count = this.#counts.get(line) ?? 0;
    const isWritten = count < SAME && this.#total < ALL;
    if (isWritten) {
      this.#total++;
      this.#counts.set(line, count + 1);
    } else this.#left++;
    return isWritten;
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
  if (typeof error !== "object" || error === null) return String(error);
  const { message, code, href, remediation } = error as {
    message?: unknown;
    code?: number;
    href?: string;
    remediation?: string;
  };
  if (typeof message !== "string") return String(error);
  const url = href ?? (code === undefined ? undefined : `https://help.ably.io/error/${code}`);
  const text = (code === undefined ? message : `${message} (code ${code})`) +
    (remediation ? `. ${remediation.replace(/\.$/, "")}` : "");
  return url === undefined || message.includes(url) ? text : `${text}. See ${url}`;
}
