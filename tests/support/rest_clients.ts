import { type ClientOptions, ErrorInfo, Rest } from "../../mod.ts";
import { msgpackCodec } from "../../src/protocol/msgpack_codec.ts";
import { jsonCodec } from "../../src/protocol/json_codec.ts";
import { createService, type LocalService, serve } from "../../src/testing/mod.ts";
import { assert, assertEquals, assertInstanceOf, runtime, test } from "../harness.ts";
import {
  type Answer,
  type FakeFetch,
  fakeFetch,
  json,
  KEY,
  type SeenRequest,
} from "./fake_service.ts";

/** A REST client with a network that answers as the test says. */
export interface FakeRest {
  rest: Rest;
  network: FakeFetch;
  logged: string[];
  /** The body of the last request, decoded by its own content type. */
  lastBody(): unknown;
  /** The last request. */
  last(): SeenRequest;
}

/** Makes a REST client that speaks JSON to a network that answers as the test says. */
export function fakeRest(answer: Answer = () => json([]), options: ClientOptions = {}): FakeRest {
  const network = fakeFetch(answer);
  const logged: string[] = [];
  const rest = new Rest({
    key: KEY,
    useBinaryProtocol: false,
    fetch: network.fetch,
    logHandler: (message, level) => void logged.push(`${level}: ${message}`),
    ...options,
  });
  const last = () => network.seen.at(-1)!;
  return { rest, network, logged, last, lastBody: () => bodyOf(last()) };
}

/** The body of a request, decoded by its own content type. */
export function bodyOf({ headers, body }: SeenRequest): unknown {
  const type = headers.get("content-type");
  return (type === msgpackCodec.contentType ? msgpackCodec : jsonCodec).decode(
    body as Uint8Array<ArrayBuffer>,
  );
}

/** A local service and how to make clients of it. */
export interface ServiceUnderTest {
  service: LocalService;
  /** Makes a client of the service, in the format under test. */
  client(options?: ClientOptions): Rest;
}

/**
 * Runs a case against the local service in both formats: in process everywhere, and over real HTTP where the runtime can
 * serve.
 *
 * @param how Whether the case needs the service in process.
 */
export function testInBothFormats(
  name: string,
  run: (under: ServiceUnderTest) => Promise<void>,
  how: { inProcessOnly?: boolean } = {},
): void {
  for (const useBinaryProtocol of [false, true]) {
    const format = useBinaryProtocol ? "MessagePack" : "JSON";
    const common = { useBinaryProtocol, logHandler: () => {} };
    test(`${name} (${format})`, async () => {
      await using service = createService();
      const client = (options?: ClientOptions) =>
        new Rest({ ...service.options(), ...common, ...options });
      await run({ service, client });
    });
    if (runtime === "workerd" || how.inProcessOnly) continue;
    test(`${name} (${format} over HTTP)`, async () => {
      await using service = createService();
      await using served = await serve(service, { hostname: "127.0.0.1" });
      const client = (options?: ClientOptions) =>
        new Rest({ ...served.options(), ...common, ...options });
      await run({ service, client });
    });
  }
}

/** A call that has to be refused before anything is sent. */
export interface BadCall {
  what: string;
  code: number;
  statusCode?: number;
  call: (rest: Rest) => unknown;
}

/** Checks that each call gives an error with code, status and remediation, and sends nothing. */
export function testBadInput(name: string, calls: readonly BadCall[]): void {
  test(name, async () => {
    for (const { what, code, statusCode = 400, call } of calls) {
      const { rest, network } = fakeRest();
      const error = await failureOf(() => call(rest), what);
      assertEquals([error.code, error.statusCode], [code, statusCode], `${what}: ${error.message}`);
      assert(error.remediation !== "", `${what}: no remediation`);
      assertEquals(network.seen.length, 0, `${what}: something was sent`);
    }
  });
}

/** The error of a call that throws or rejects. */
export async function failureOf(call: () => unknown, what = "the call"): Promise<ErrorInfo> {
  try {
    await call();
  } catch (error) {
    assertInstanceOf(error, ErrorInfo, `${what} failed with ${error}`);
    return error;
  }
  throw new Error(`${what} did not fail`);
}
