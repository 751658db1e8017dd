import { ErrorInfo } from "../../src/errors.ts";
import {
  consoleLogHandler,
  describeError,
  Logger,
  type LogHandler,
  type LogLevel,
  toLogLevel,
} from "../../src/util/logger.ts";
import { assertEquals, test } from "../harness.ts";

function logged(level?: LogLevel): string[] {
  const lines: string[] = [];
  const handler: LogHandler = (message, at) => lines.push(`${at} ${message}`);
  const logger = new Logger(level, handler);
  for (const at of ["error", "warn", "info", "debug", "trace"] as const) logger[at](() => "text");
  return lines;
}

test("RSC2: logs warnings and errors by default", () => {
  assertEquals(logged(), ["error text", "warn text"]);
});

test("RSC2: writes to the console by default, each level to a method of its own", () => {
  const lines: string[] = [];
  const methods = ["error", "warn", "info", "debug"] as const;
  const originals = methods.map((method) => console[method]);
  for (const method of methods) console[method] = (text: string) => lines.push(`${method} ${text}`);
  try {
    const logger = new Logger("trace");
    for (const level of [...methods, "trace"] as const) logger[level](() => "text");
    consoleLogHandler("direct", "warn");
  } finally {
    methods.forEach((method, i) => console[method] = originals[i]!);
  }
  assertEquals(lines, [
    "error Ably: text",
    "warn Ably: text",
    "info Ably: text",
    "debug Ably: text",
    "debug Ably: text",
    "warn Ably: direct",
  ]);
});

test("RSC3: each level includes those before it", () => {
  assertEquals(logged("none"), []);
  assertEquals(logged("error"), ["error text"]);
  assertEquals(logged("info"), ["error text", "warn text", "info text"]);
  assertEquals(logged("debug").length, 4);
  assertEquals(logged("trace").length, 5);
});

test("RSC4: a handler receives message and level, and may throw", () => {
  const logger = new Logger("trace", () => {
    throw new Error("the handler is broken");
  });
  logger.error(() => "text");
  logger.error(() => {
    throw new Error("the text is broken");
  });
});

test("TO3b: text is built only where its level is on", () => {
  let built = 0;
  const logger = new Logger("warn", () => {});
  const text = () => `${++built}`;
  logger.info(text);
  logger.debug(text);
  logger.trace(text);
  assertEquals(built, 0);
  logger.warn(text);
  assertEquals(built, 1);
});

test("TO3b: text is built only where the level of its part is on", () => {
  let built = 0;
  const logger = new Logger({ default: "error", http: "trace" }, () => {});
  const text = () => `${++built}`;
  logger.of("connection").trace(text);
  logger.warn(text);
  assertEquals(built, 0);
  logger.of("http").trace(text);
  assertEquals(built, 1);
});

test("TO3b: levels are given by name, or by number as ably on npm counts them", () => {
  for (const level of ["none", "error", "warn", "info", "debug", "trace"] as const) {
    assertEquals(toLogLevel(level), level);
  }
  const numbers = [0, 1, 2, 3, 4].map((level) => toLogLevel(level));
  assertEquals(numbers, ["none", "error", "info", "debug", "trace"]);
  for (const wrong of [5, -1, 1.5, NaN, "verbose"]) {
    assertEquals(toLogLevel(wrong as number), undefined);
  }
});

test("TI5: a logged error names its code and the page that explains it", () => {
  assertEquals(
    describeError(new ErrorInfo("Access denied", 40160, 401)),
    "Access denied (code 40160). See https://help.ably.io/error/40160",
  );
});

test("TI5: href goes before the page of the code", () => {
  const href = "https://ably.com/docs/denied";
  assertEquals(
    describeError(new ErrorInfo({ message: "Access denied", code: 40160, href })),
    `Access denied (code 40160). See ${href}`,
  );
  assertEquals(describeError({ message: "Access denied", href }), `Access denied. See ${href}`);
});

test("TI5: a page that the message names is not named again", () => {
  const message = "Access denied. See https://help.ably.io/error/40160";
  assertEquals(describeError(new ErrorInfo(message, 40160)), `${message} (code 40160)`);
});

test("TI5: an error in the log says what to do", () => {
  const error = new ErrorInfo({ message: "No access", code: 40160, remediation: "Ask for it." });
  assertEquals(
    describeError(error),
    "No access (code 40160). Ask for it. See https://help.ably.io/error/40160",
  );
});

test("TI5: a code of the runtime has no page", () => {
  const refused = Object.assign(new Error("Refused"), { code: "ECONNREFUSED" });
  assertEquals(describeError(refused), "Refused (code ECONNREFUSED)");
  const { code } = new DOMException("Aborted", "AbortError");
  assertEquals(describeError({ message: "Aborted", code }), "Aborted (code 20)");
});

test("TI5: without href and code there is no page", () => {
  assertEquals(describeError(new Error("Something else")), "Something else");
  assertEquals(
    describeError({ message: "Plain", code: 40000 }),
    "Plain (code 40000). See https://help.ably.io/error/40000",
  );
  assertEquals(["text", undefined, null, 5].map(describeError), ["text", "undefined", "null", "5"]);
});

test("RSC4: a handler that fails, at once or later, breaks nothing", async () => {
  const calls: string[] = [];
  const failing: LogHandler[] = [
    (text) => {
      calls.push(text);
      throw new Error("The log is full");
    },
    async (text) => {
      calls.push(text);
      throw new Error("The log is full");
    },
  ];
  for (const handler of failing) new Logger("error", handler).error(() => "text");
  await Promise.resolve(); // An unhandled rejection would fail this test.
  assertEquals(calls, ["text", "text"]);
});
