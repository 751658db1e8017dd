import { inspect, isBun } from "./util/inspect.ts";
import { printable } from "./util/printable.ts";
import { ERRORS_PAGE } from "./version.ts";

/** The members of an {@linkcode ErrorInfo}. */
export interface ErrorInfoValues {
  /** The problem, in one sentence. */
  message: string;
  /** Ably's error code, for example 40160. */
  code: number;
  /** The HTTP status that corresponds to the code. Defaults to the first three digits of `code` where they are one, else to 500. */
  statusCode?: number | null;
  /** The remedy. */
  remediation?: string;
  /** The error behind this one. */
  cause?: unknown;
  /** A page that explains the code. Defaults to Ably's help page for the code. */
  href?: string;
  /** The `request_id` of the failed request, if `addRequestIds` is on (RSC7c). */
  requestId?: string;
  /** Structured metadata from the service (TI6). */
  detail?: Record<string, string>;
}

/**
 * The errors of this module (TI1): what went wrong, Ably's code for it, and how to mend it. The calls of a client reject
 * with nothing else, but for those that are aborted: they reject with the reason of their signal.
 *
 * @example Reading an error
 * ```ts
 * import { ErrorInfo } from "@ably-edge/sdk";
 *
 * const error = new ErrorInfo("Channel denied access", 40160, 401);
 * console.log(error.code, error.statusCode, error.href);
 * ```
 */
export class ErrorInfo extends Error {
  /** Always `"ErrorInfo"`. */
  override readonly name: string = "ErrorInfo";
  /** Ably's error code (TI1). */
  declare readonly code: number;
  /** The HTTP status that corresponds to the code (TI1). */
  declare readonly statusCode: number;
  /**
   * The error behind this one, if there is one (TI1). It is an `ErrorInfo` where Ably or this library made it,
   * else what the runtime or a function of yours threw; text becomes an error.
   */
  declare readonly cause?: ErrorInfo | Error;
  /** A page that explains the code (TI4, TI5). */
  declare readonly href: string;
  /** The remedy; empty when there is nothing to add to the message. */
  declare readonly remediation: string;
  /** The `request_id` of the failed request, if `addRequestIds` is on (RSC7c). */
  declare readonly requestId?: string;
  /** Structured metadata from the service, if there is any (TI6). */
  declare readonly detail?: Record<string, string>;

  /**
   * Makes an error.
   *
   * @param message What went wrong, or all values as one object.
   * @param code Ably's error code.
   * @param statusCode The HTTP status. Defaults to the first three digits of the code where they are one, else to 500.
   * @param cause The error behind this one.
   * @param detail Structured metadata (TI6).
   */
  constructor(
    message: string | ErrorInfoValues,
    code?: number,
    statusCode?: number,
    cause?: unknown,
    detail?: Record<string, string>,
  ) {
    const values: ErrorInfoValues = typeof message === "object"
      ? message
      : { message, code: code ?? 50000, statusCode, cause, detail };
    const { cause: behind } = values; // Anything can be thrown, text too.
    super(
      values.message,
      behind == null ? undefined : {
        cause: typeof behind === "object" ? behind : new Error(String(behind)),
      },
    );
    this.code = values.code;
    this.statusCode = values.statusCode ?? statusOf(values.code);
    this.href = values.href ?? `https://help.ably.io/error/${values.code}`;
    this.remediation = values.remediation ?? "";
    if (values.requestId) this.requestId = values.requestId;
    if (Object.keys(values.detail ?? {}).length > 0) this.detail = values.detail; // TI6
    traceFrom(this, above ?? new.target);
  }

  /** Makes an error from its members, as the constructor does. */
  static fromValues(values: ErrorInfoValues): ErrorInfo {
    return fromValues(values);
  }

  /** The error as one line, with its code and the page that explains it (TI5). */
  override toString(): string {
    const { message, code, href } = this;
    return `ErrorInfo: ${message} (code ${code})` + (message.includes(href) ? "" : `. See ${href}`);
  }

  /** The form in which a console shows it: code, remedy and page are in the stack. */
  [inspect](): unknown {
    if (isBun) return this; // Bun shows members, and not the end of a stack.
    const { name: _, code: _code, href: _href, remediation: _remedy, stack, cause, ...more } = this;
    const form = new Error("", cause && { cause });
    return Object.assign(Object.defineProperty(form, "stack", { value: stack }), more);
  }

  /** The error as the service writes it: plain data without stack. */
  toJSON(): ErrorInfoValues {
    const { message, code, statusCode, href, remediation, requestId, detail } = this;
    return {
      message,
      code,
      statusCode,
      href,
      ...(remediation && { remediation }),
      ...(requestId && { requestId }),
      ...(detail && { detail }),
    };
  }
}

// A class that names itself gets another name from bundlers.
function fromValues(values: ErrorInfoValues): ErrorInfo {
  return new ErrorInfo(values);
}

/** The function that makes the next error, if it is one of this module. */
let above: unknown;

/**
 * An error that this module raises itself.
 *
 * @param code Ably's error code, from `ErrorCode`.
 * @param message The error.
 * @param remediation The remedy.
 * @param more The cause, and the status where it is not that of the code.
 */
export function createError(
  code: number,
  message: string,
  remediation: string,
  more?: Partial<ErrorInfoValues>,
): ErrorInfo {
  above = createError;
  try {
    const href = ERRORS_PAGE && `${ERRORS_PAGE}#${code}`;
    return new ErrorInfo({ message, code, remediation, href, ...more });
  } finally {
    above = undefined;
  }
}

/**
 * The same error with the stack of this moment, for a call that awaits it. If an event has settled the call, the stack of the
 * event's error shows nothing of the caller. Others may wait for the same error, so it stays as it is.
 */
export function atCaller(error: unknown): unknown {
  return error instanceof ErrorInfo
    ? new ErrorInfo({ ...error.toJSON(), cause: error.cause })
    : error;
}

/** V8, and engines that imitate it. */
interface TracingErrors {
  stackTraceLimit?: number;
  captureStackTrace?(target: object, above: unknown): void;
}

let isChromium: boolean | undefined;

/** The number of frames that are looked through for the caller. */
const DEPTH = 30;

/**
 * Gives an error the stack of this moment: its first frame is the one of the caller. Some consoles show nothing but the
 * stack, so the code and the remedy are in it, too.
 *
 * @param above The function that the stack leaves out, and those that it calls.
 */
function traceFrom(error: ErrorInfo, above: unknown): void {
  const { captureStackTrace, stackTraceLimit } = Error as TracingErrors;
  if (captureStackTrace === undefined) return;
  // Deno ignores another stack once it has written out that of the error itself, so this is the stack of something else.
  const trace: { stack?: string } = {};
  Reflect.set(Error, "stackTraceLimit", DEPTH); // A frozen one stays as it is.
  captureStackTrace(trace, above);
  Reflect.set(Error, "stackTraceLimit", stackTraceLimit);
  const write = (value: unknown) =>
    void Object.defineProperty(error, "stack", { value, configurable: true, writable: true });
  isChromium ??= /Chrom/.test(globalThis.navigator?.userAgent);
  if (isChromium) return write(stackOf(error, trace)); // Its console calls no getter.
  // Most errors are handled, and nothing reads their stacks: writing one out takes 25 µs on Node and 400 on Deno.
  Object.defineProperty(error, "stack", {
    configurable: true,
    get: () => {
      write(stackOf(error, trace));
      return error.stack;
    },
    set: write,
  });
}

function stackOf(error: ErrorInfo, trace: { stack?: string }): string {
  const { message, code, remediation, href } = error;
  return [
    `ErrorInfo: ${message}`, // Deno and Chromium show a line of their own instead.
    ...framesOf(trace.stack), // Chromium drops the lines before them.
    `  Code ${code}${remediation && `: ${remediation}`}`,
    ...message.includes(href) ? [] : [`  See ${href}`],
  ].join("\n");
}

/** The folder of this module; empty if it is bundled with the code of others. */
let ownFolder: string | undefined;

/** The frames from the first that is not of this module; all, if there is no such frame. */
function framesOf(stack: string | undefined): string[] {
  ownFolder ??= /[^\s(]+\/(?:(?=shared\/chunk-)|src\/(?=errors\.ts:))/
    .exec(`${new Error().stack}`)?.[0] ?? "";
  const frames = `${stack}`.split("\n").filter((line) => /^\s*at |@/.test(line));
  const first = frames.findIndex((line) =>
    !/\b(ext|node):/.test(line) && !line.includes(ownFolder!)
  );
  return frames.slice(Math.max(first, 0));
}

/** As many causes behind one another are read. More would not be read by people, and overflow the stack of a runtime. */
const DEEPEST_CAUSE = 10;

/**
 * Reads an error that came over the wire (TI2), tolerating missing and unknown fields (RSF1).
 *
 * @param value The `error` member of a response or protocol message.
 * @param fallback What to assume for the members that are missing.
 * @param depth The number of errors that this one is the cause of.
 */
export function errorFromWire(
  value: unknown,
  fallback: Partial<ErrorInfoValues> = {},
  depth = 0,
): ErrorInfo {
  if (value instanceof ErrorInfo) return value;
  const wire = Object(value) as Record<string, unknown>;
  const text = (name: string) =>
    typeof wire[name] === "string" && wire[name] !== "" ? printable(wire[name]) : undefined;
  const whole = (name: string) =>
    Number.isSafeInteger(wire[name]) && wire[name] as number >= 0
      ? wire[name] as number
      : undefined;
  const detail = Object.entries(typeof wire.detail === "object" ? { ...wire.detail } : {})
    .filter(([, value]) => typeof value === "string");
  const code = whole("code") ?? fallback.code ?? (whole("statusCode") ?? 500) * 100;
  return new ErrorInfo({
    ...fallback,
    message: text("message") ?? fallback.message ?? `Ably answered with error ${code}`,
    code,
    statusCode: whole("statusCode") ?? fallback.statusCode,
    href: text("href"),
    remediation: text("remediation") ?? fallback.remediation,
    cause: wire.cause == null || depth === DEEPEST_CAUSE
      ? fallback.cause
      : errorFromWire(wire.cause, {}, depth + 1),
    detail: Object.fromEntries(detail) as Record<string, string>,
  });
}

// Codes such as 80003 start with what is no HTTP status.
function statusOf(code: number): number {
  return code >= 40000 && code < 60000 ? Math.floor(code / 100) : 500;
}

/**
 * Whether an error says that the token, and only the token, is at fault: status 401 and a code from 40140 to 40149
 * (RSC10, RSA4b).
 */
export function isTokenError(
  error: { code?: number; statusCode?: number } | null | undefined,
): boolean {
  return error != null && error.statusCode === 401 && error.code !== undefined &&
    error.code >= 40140 && error.code < 40150;
}
