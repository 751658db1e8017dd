import { inspect, isBun } from "./util/inspect.ts";
import { printable } from "./util/printable.ts";
import { ERRORS_PAGE } from "./version.ts";

/** The members of an {@linkcode ErrorInfo}. */
export interface ErrorInfoValues {
  /** The problem, in one sentence. */
  message: string;
  /** Ably's error code, for example 40160. */
  code: number;
  /**
   * The HTTP status that corresponds to the code. Defaults to the first three digits of `code` if they are a status, otherwise
   * to 500.
   */
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
 * An error of this module (TI1): the problem, Ably's code for it, and the remedy. The calls of a client reject with such an
 * error, except for aborted calls, which reject with the reason of their signal.
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
   * The error behind this one, if there is one (TI1). It is an `ErrorInfo` if Ably or this library made it, otherwise the error
   * of the runtime or of a function of yours. A text that was thrown becomes an error.
   */
  declare readonly cause?: ErrorInfo | Error;
  /** A page that explains the code (TI4, TI5). */
  declare readonly href: string;
  /** The remedy; empty if there is nothing to add to the message. */
  declare readonly remediation: string;
  /** The `request_id` of the failed request, if `addRequestIds` is on (RSC7c). */
  declare readonly requestId?: string;
  /** Structured metadata from the service, if there is any (TI6). */
  declare readonly detail?: Record<string, string>;

  /**
   * Makes an error.
   *
   * @param message The problem in one sentence, or all values as one object.
   * @param code Ably's error code.
   * @param statusCode The HTTP status. Defaults to the first three digits of the code if they are a status, otherwise to 500.
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
    const { cause: behind } = values; // A program can throw anything, such as a text.
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
    traceFrom(this, new.target);
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

// Bundlers rename a class that refers to itself.
function fromValues(values: ErrorInfoValues): ErrorInfo {
  return new ErrorInfo(values);
}

/**
 * An error that this module raises.
 *
 * @param code Ably's error code, from `ErrorCode`.
 * @param message The error.
 * @param remediation The remedy.
 * @param more The cause, and the status if it does not follow from the code.
 */
export function createError(
  code: number,
  message: string,
  remediation: string,
  more?: Partial<ErrorInfoValues>,
): ErrorInfo {
  const href = ERRORS_PAGE && `${ERRORS_PAGE}#${code}`;
  return new ErrorInfo({ message, code, remediation, href, ...more });
}

/**
 * The same error with the stack of this moment, for a call that awaits it. If an event has settled the call, the stack of the
 * event's error does not show the caller. Other calls may get the same error, so it is not changed.
 */
export function atCaller(error: unknown): unknown {
  return error instanceof ErrorInfo
    ? new ErrorInfo({ ...error.toJSON(), cause: error.cause })
    : error;
}

/** The members of `Error` in V8 and in engines that imitate it. */
interface TracingErrors {
  stackTraceLimit?: number;
  captureStackTrace?(target: object, above: unknown): void;
}

let isChromium: boolean | undefined;

/** The number of frames in which the caller is searched. */
const DEPTH = 30;

/**
 * Gives an error the stack of this moment, which begins with the frame of the caller. Some consoles show only the stack, so the
 * code and the remedy are in it, too.
 *
 * @param above The function that the stack leaves out, and those that it calls.
 */
function traceFrom(error: ErrorInfo, above: unknown): void {
  const { captureStackTrace, stackTraceLimit } = Error as TracingErrors;
  if (captureStackTrace === undefined) return;
  // Deno writes out the stack of an error once and ignores later ones, so take the stack of another object.
  const trace: { stack?: string } = {};
  Reflect.set(Error, "stackTraceLimit", DEPTH); // A frozen `Error` is not changed.
  captureStackTrace(trace, above);
  Reflect.set(Error, "stackTraceLimit", stackTraceLimit);
  const write = (value: unknown) =>
    void Object.defineProperty(error, "stack", { value, configurable: true, writable: true });
  isChromium ??= /Chrom/.test(globalThis.navigator?.userAgent);
  if (isChromium) return write(stackOf(error, trace)); // The console of Chromium calls no getter.
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
    ...framesOf(trace.stack), // Chromium drops the lines before the frames.
    `  Code ${code}${remediation && `: ${remediation}`}`,
    ...message.includes(href) ? [] : [`  See ${href}`],
  ].join("\n");
}

/** The folder of this module; empty if the module is bundled with other code. */
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

/** The number of nested causes that are read. Endless nesting would overflow the runtime's stack. */
const DEEPEST_CAUSE = 10;

/**
 * Reads an error that came over the wire (TI2), tolerating missing and unknown fields (RSF1).
 *
 * @param value The `error` member of a response or protocol message.
 * @param fallback The values of missing members.
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

// The first digits of codes such as 80003 are not an HTTP status.
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
