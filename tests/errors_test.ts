import * as codes from "../src/error_numbers.ts";
import { ErrorCode } from "../src/error_codes.ts";
import { errorFromWire, ErrorInfo, isTokenError } from "../src/errors.ts";
import { Rest } from "../src/rest/rest.ts";
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertMatch,
  assertRejects,
  fixture,
  runtime,
  skip,
  test,
} from "./harness.ts";

test("TI1: carries code, status, message and cause", () => {
  const cause = new Error("behind it");
  const error = new ErrorInfo("Access denied", 40160, 401, cause);
  assertInstanceOf(error, Error);
  assertEquals([error.message, error.code, error.statusCode], ["Access denied", 40160, 401]);
  assertEquals(error.cause, cause);
  assertEquals([error.name, error.remediation], ["ErrorInfo", ""]);
  assertEquals("cause" in new ErrorInfo("No cause", 40000), false);
});

test("TI1: a cause that is text becomes an error", () => {
  const { cause } = new ErrorInfo("x", 40000, 400, "Text");
  assertInstanceOf(cause, Error);
  assertEquals(cause.message, "Text");
});

test("TI5: as text it has the code and the page that explains it, once", () => {
  const error = new ErrorInfo("Access denied", 40160, 401);
  const text = "ErrorInfo: Access denied (code 40160). See https://help.ably.io/error/40160";
  assertEquals(`${error}`, text);
  const message = "Access denied, see https://help.ably.io/error/40160";
  assertEquals(`${new ErrorInfo(message, 40160)}`, `ErrorInfo: ${message} (code 40160)`);
  const other = new ErrorInfo({ message: "No", code: 1, href: "https://example.com/1" });
  assertEquals(`${other}`, "ErrorInfo: No (code 1). See https://example.com/1");
});

test("TI1: is made from an object as well", () => {
  const values = {
    message: "Access denied",
    code: 40160,
    statusCode: 401,
    remediation: "Ask for the capability",
    requestId: "abc",
    detail: { channel: "orders" },
  };
  const error = new ErrorInfo(values);
  assertEquals(JSON.parse(JSON.stringify(error)), {
    ...values,
    href: "https://help.ably.io/error/40160",
  });
});

test("TI1: the status follows from the code where it is not given", () => {
  const statuses = [40000, 40160, 50003, 80003, 91000, 0].map((code) =>
    new ErrorInfo("x", code).statusCode
  );
  assertEquals(statuses, [400, 401, 500, 500, 500, 500]);
  assertEquals(new ErrorInfo({ message: "x", code: 90001, statusCode: 400 }).statusCode, 400);
  assertEquals(new ErrorInfo({ message: "x", code: 40400, statusCode: null }).statusCode, 404);
  const bare = new ErrorInfo("x");
  assertEquals([bare.code, bare.statusCode], [50000, 500]);
});

test("TI5: the stack has what a console has to show: the message, the caller, the code, the remedy, the page", () => {
  const thrownBy = function caller(): ErrorInfo {
    return new ErrorInfo({ message: "No access", code: 40160, remediation: "Ask for it" });
  };
  const [first, ...lines] = thrownBy().stack!.split("\n");
  assertEquals(first, "ErrorInfo: No access");
  assertMatch(lines[0]!, /\bcaller\b/);
  assertEquals(lines.slice(-2), [
    "  Code 40160: Ask for it",
    "  See https://help.ably.io/error/40160",
  ]);
});

test("TI5: the caller is the first in the stack of an error that arises far inside", async () => {
  async function caller(): Promise<void> {
    await new Rest({ key: "app.key:secret" }).channels.get("orders").publish("placed", 17n);
  }
  const { stack } = await assertRejects(caller, ErrorInfo);
  const frames = stack!.split("\n").filter((line) => line.includes("    at "));
  const own = frames.findIndex((line) => /\bcaller\b/.test(line));
  // In workerd the tests and the library are one file.
  assert(runtime === "workerd" ? own >= 0 : own === 0, stack);
});

test("TI5: the stack of an error that Ably answers with shows who called", async () => {
  const error = { code: 40160, message: "No access", statusCode: 401 };
  const fetch = () => Promise.resolve(Response.json({ error }, { status: 401 }));
  const { channels } = new Rest({ key: "app.key:secret", fetch });
  async function caller(): Promise<void> {
    await channels.get("orders").history();
  }
  const { stack } = await assertRejects(caller, ErrorInfo);
  // A stack of Bun ends where a promise is settled by other code.
  if (runtime !== "bun") assertMatch(stack!, /\bcaller\b/);
});

test("TI5: the stack is written out when it is read, once", () => {
  const engine = Error as { prepareStackTrace?: (error: unknown, sites: unknown[]) => unknown };
  const original = engine.prepareStackTrace;
  let written = 0;
  engine.prepareStackTrace = (_error, sites) => {
    written++;
    return sites.map((site) => `    at ${site}`).join("\n");
  };
  try {
    const error = new ErrorInfo("No access", 40160);
    if (runtime !== "bun") assertEquals(written, 0); // Bun writes it at once, in 5 µs.
    const { stack } = error;
    const count = written;
    assertEquals(error.stack, stack);
    assertEquals(written, count);
  } finally {
    engine.prepareStackTrace = original;
  }
});

test("TI5: a stack can be replaced, and is neither listed nor sent", () => {
  const error = new ErrorInfo("No access", 40160);
  assertEquals(Object.keys(error).includes("stack"), false);
  assertEquals("stack" in error.toJSON(), false);
  error.stack = "another";
  assertEquals(error.stack, "another");
});

test("TI2: what the service answers becomes an ErrorInfo", () => {
  const error = errorFromWire({
    message: "Token expired",
    code: 40142,
    statusCode: 401,
    href: "https://help.ably.io/error/40142",
    detail: { key: "value" },
    cause: { message: "Clock", code: 40104, statusCode: 401 },
    future: true,
  });
  assertInstanceOf(error, ErrorInfo);
  assertEquals([error.message, error.code, error.statusCode], ["Token expired", 40142, 401]);
  assertEquals(error.detail, { key: "value" });
  assertInstanceOf(error.cause, ErrorInfo);
  assertEquals((error.cause as ErrorInfo).code, 40104);
});

test("TI2: an ErrorInfo stays itself", () => {
  const error = new ErrorInfo("x", 40000);
  assert(errorFromWire(error) === error);
});

test("RSF1: what is missing or of the wrong type is filled in", () => {
  const fallback = { message: "No answer", code: 50003, statusCode: 504, remediation: "Wait" };
  for (
    const wire of [undefined, null, "text", 5, [], {}, { message: 5, code: "40000" }, {
      message: "",
    }]
  ) {
    const error = errorFromWire(wire, fallback);
    const { message, code, statusCode, remediation } = error;
    assertEquals({ message, code, statusCode, remediation }, fallback);
  }
  const bare = errorFromWire({ statusCode: 503 });
  assertEquals([bare.code, bare.statusCode], [50300, 503]);
  assertEquals(errorFromWire(null).code, 50000);
  assert(errorFromWire(null).message !== "");
});

test("TI4: href is what the service says, else the page of the code", () => {
  assertEquals(errorFromWire({ code: 40000, href: "https://x" }).href, "https://x");
  assertEquals(errorFromWire({ code: 40000 }).href, "https://help.ably.io/error/40000");
  assertEquals(new ErrorInfo("x", 80019).href, "https://help.ably.io/error/80019");
});

test("TI6: detail is omitted when it is empty", () => {
  for (const detail of [{}, null, undefined]) {
    const values = { message: "x", code: 40000, detail: detail as Record<string, string> };
    for (const error of [errorFromWire(values), new ErrorInfo(values)]) {
      assertEquals(error.detail, undefined);
      assertEquals("detail" in JSON.parse(JSON.stringify(error)), false);
    }
  }
});

test("TI6: what an error does not have is not there at all", () => {
  const error = new ErrorInfo("x", 40000, 400);
  for (const name of ["detail", "requestId"]) {
    assertEquals([name in error, name in error.toJSON()], [false, false]);
  }
});

test("RSF1: detail of another type is passed over", () => {
  assertEquals(errorFromWire({ code: 40000, detail: "text" }).detail, undefined);
});

test("RSA4b: token errors are 401 with a code from 40140 to 40149", () => {
  for (const code of [40140, 40142, 40149]) assert(isTokenError({ code, statusCode: 401 }));
  const others = [
    { code: 40139, statusCode: 401 },
    { code: 40150, statusCode: 401 },
    { code: 40142, statusCode: 403 },
    { code: 40142 },
    { statusCode: 401 },
    {},
    null,
    undefined,
  ];
  for (const error of others) assert(!isTokenError(error));
});

const registry = fixture("errors.json") as { codes: Record<string, unknown> } | undefined;
if (registry === undefined) {
  skip("TI3: the codes are those of the registry", "ABLY_FIXTURES is not set");
} else {
  test("TI3: the codes are those of the registry", () => {
    // The ends of the range of token errors need not be in use.
    const { TokenErrorFirst: _, TokenErrorLast: __, ...codes } = ErrorCode;
    const unknown = Object.entries(codes).filter(([, code]) => !(code in registry.codes));
    assertEquals(unknown, []);
  });
}

test("TI1: ErrorCode has all codes by name", () => {
  assertEquals({ ...ErrorCode }, { ...codes });
});
