import { type ClientOptions, ErrorInfo, Rest } from "../../mod.ts";
import { msgpackCodec } from "../../src/protocol/msgpack_codec.ts";
import { FakeClock } from "../../src/testing/clock/fake_clock.ts";
import { assert, assertEquals, assertRejects, test } from "../harness.ts";
import { fakeFetch, KEY } from "../support/fake_service.ts";

const SERIAL = "01726585978590-001@abcdefgh:000";
const DEVICE = { id: "d", platform: "ios", formFactor: "phone", push: { recipient: {} } };

type Call = (rest: Rest) => Promise<unknown>;

/** Members of an answer that any call reads. */
const ERROR = ["error", "code", "message", "statusCode"];
const ITEM = [
  "id",
  "data",
  "encoding",
  "timestamp",
  "clientId",
  "connectionId",
  "extras",
  "action",
];
const MESSAGE = [...ITEM, ...ERROR, "name", "serial", "version", "annotations"];
const PRESENCE = [...ITEM, ...ERROR];
const ANNOTATION = [...ITEM, ...ERROR, "name", "serial", "count", "messageSerial", "type"];
const RESULT = [...ERROR, "serials", "versionSerial", "channel", "messageId"];
const BATCH = [...RESULT, "successCount", "failureCount", "results", "presence", "target"];
const DETAILS = [...ERROR, "channelId", "status", "intervalId", "entries", "count", "unit"];
const TOKEN = [...ERROR, "token", "expires", "issued", "capability", "clientId"];
const PUSH = [...ERROR, "id", "deviceId", "clientId", "channel", "push"];
const ANY = [...ERROR, "items"];

/** The calls, with the members of an answer that they read. */
const CALLS: [reads: readonly string[], calls: Record<string, Call>][] = [
  [ERROR, {
    "time": (rest) => rest.time(),
    "push.publish": (rest) => rest.push.admin.publish({ clientId: "x" }, { data: {} }),
    "push device remove": (rest) => rest.push.admin.deviceRegistrations.remove("d"),
  }],
  [MESSAGE, {
    "history": (rest) => rest.channels.get("c").history(),
    "encrypted history": (rest) =>
      rest.channels.get("e", { cipher: { key: new Uint8Array(16) } }).history(),
    "getMessage": (rest) => rest.channels.get("c").getMessage(SERIAL),
    "getMessageVersions": (rest) => rest.channels.get("c").getMessageVersions(SERIAL),
  }],
  [PRESENCE, {
    "presence.get": (rest) => rest.channels.get("c").presence.get(),
    "presence.history": (rest) => rest.channels.get("c").presence.history(),
  }],
  [ANNOTATION, {
    "annotations.get": (rest) => rest.channels.get("c").annotations.get(SERIAL),
  }],
  [RESULT, {
    "publish": (rest) => rest.channels.get("c").publish("n", "d"),
    "updateMessage": (rest) => rest.channels.get("c").updateMessage({ serial: SERIAL, data: "d" }),
    "deleteMessage": (rest) => rest.channels.get("c").deleteMessage({ serial: SERIAL }),
    "appendMessage": (rest) => rest.channels.get("c").appendMessage({ serial: SERIAL, data: "d" }),
    "annotations.publish": (rest) =>
      rest.channels.get("c").annotations.publish(SERIAL, { type: "a:flag.v1", name: "n" }),
    "annotations.delete": (rest) =>
      rest.channels.get("c").annotations.delete(SERIAL, { type: "a:flag.v1", name: "n" }),
  }],
  [BATCH, {
    "batchPublish": (rest) => rest.batchPublish({ channels: ["c"], messages: [{ data: "d" }] }),
    "batchPublish of two": (rest) =>
      rest.batchPublish([{ channels: ["c"], messages: [{ data: "d" }] }]),
    "batchPresence": (rest) => rest.batchPresence(["c", "d"]),
    "revokeTokens": (rest) => rest.auth.revokeTokens({ type: "clientId", value: "x" }),
  }],
  [DETAILS, {
    "status": (rest) => rest.channels.get("c").status(),
    "stats": (rest) => rest.stats(),
  }],
  [TOKEN, {
    "requestToken": (rest) => rest.auth.requestToken(),
    "authorize": (rest) => rest.auth.authorize(),
  }],
  [PUSH, {
    "push device save": (rest) => rest.push.admin.deviceRegistrations.save(DEVICE as never),
    "push device get": (rest) => rest.push.admin.deviceRegistrations.get("d"),
    "push device list": (rest) => rest.push.admin.deviceRegistrations.list(),
    "push subscription save": (rest) =>
      rest.push.admin.channelSubscriptions.save({ channel: "c", clientId: "x" }),
    "push subscription list": (rest) => rest.push.admin.channelSubscriptions.list(),
    "push channels": (rest) => rest.push.admin.channelSubscriptions.listChannels(),
  }],
  [ANY, {
    "request": (rest) => rest.request("GET", "/x", 6),
    "request by POST": (rest) => rest.request("POST", "/x", 6, null, { a: 1 }),
  }],
];

function nested(depth: number): string {
  return '{"cause":'.repeat(depth) + "null" + "}".repeat(depth);
}

const WRONG: readonly unknown[] = [null, true, -0.5, "17", [[]], { a: 1 }];
/** JSON values of all kinds, alone, in lists and as members that any call may read. */
const VALUES: readonly unknown[] = [
  ...WRONG,
  ...[0, "", [], {}, [null], [1], ["x"]],
  [{ encoding: "json/utf-8/base64", data: "@@" }],
  [{ encoding: "cipher+aes-128-cbc/base64", data: "" }],
  [{ encoding: "vcdiff/base64", data: "1sPEAAA=" }],
  [{ encoding: "x/".repeat(10_000), data: "x" }],
  [{ annotations: { summary: 1 }, version: { serial: 1, timestamp: "x" } }],
  { error: { code: "40142", statusCode: "401", message: {} } },
  { error: [[[]]] },
  Array(10_000).fill(null),
];

const RAW: Record<string, [type: string, body: string]> = {
  "no JSON": ["application/json", "{"],
  "a page": ["text/html", "<html>"],
  "an odd type": ["x".repeat(5_000), "x"],
  "no type": ["", "[]"],
  "no MessagePack": ["application/x-msgpack", "\u00c1\u00c1"],
  "nested errors": ["application/json", `{"error":${nested(20_000)}}`],
  "a nested list": ["application/json", "[".repeat(20_000) + "]".repeat(20_000)],
  "nested items": ["application/json", `[{"data":${nested(20_000)},"extras":${nested(20_000)}}]`],
  "own names": ["application/json", '[{"__proto__":{"x":1},"constructor":1,"toString":1}]'],
};

const HEADERS: Record<string, string>[] = [
  {},
  { "x-ably-errorcode": "x", "x-ably-errormessage": "Refused" },
  { "x-ably-errorcode": "-1e400" },
  { "x-ably-errorcode": "40142.5" },
  { link: '<https://evil.example/x>; rel="next", <//evil.example/y>; rel=first' },
  { link: '<./x?a=b>; rel="next",'.repeat(2_000) },
  { link: "<http://[>; rel=next" },
];

/** Answers one body over and over, and gives up on a client that does not stop asking. */
function restWith(answer: () => Response, options: ClientOptions = {}) {
  const network = fakeFetch(() => {
    assert(network.seen.length <= 20, "the client does not stop");
    return answer();
  });
  const rest = new Rest({
    key: KEY,
    fetch: network.fetch,
    clock: new FakeClock(),
    logLevel: "none",
    ...options,
  });
  return { rest, network };
}

/** A call settles with a result or an ErrorInfo, and so does the next page. */
async function settles(call: (rest: Rest) => Promise<unknown>, answer: () => Response) {
  const { rest, network } = restWith(answer);
  const check = (error: unknown) => {
    assert(error instanceof ErrorInfo, `${error}`);
    assert(Number.isSafeInteger(error.code) && Number.isSafeInteger(error.statusCode));
    return undefined;
  };
  const result = await call(rest).catch(check) as { next?: () => Promise<unknown> } | undefined;
  await result?.next?.().catch(check);
  assertEquals(network.open(), 0);
  for (const { url } of network.seen) assert(url.hostname.includes("ably"), url.href);
}

/** An item that is as expected but for one member: alone, in a list, and as a result of a batch. */
function itemsWith(wrong: Record<string, unknown>): unknown[] {
  const item = { id: "i", action: 0, serial: SERIAL, intervalId: "2026-01-01", ...wrong };
  return [item, [item], { results: [item] }];
}

const FORMATS: [type: string, encode: (value: unknown) => BodyInit][] = [
  ["application/json", (value) => JSON.stringify(value)],
  ["application/x-msgpack", (value) => msgpackCodec.encode(value) as Uint8Array<ArrayBuffer>],
];

interface Answer {
  body: BodyInit | null;
  status?: number;
  headers?: Record<string, string>;
}

/**
 * The answers to a call. Values come in both formats and with both statuses. An item with a wrong member comes in one format
 * and, in a list, in the other, because both are decoded to the same. Raw bodies come with each status, and the headers with
 * each status around a list and around a page of HTML.
 */
function* answersTo(reads: readonly string[]): Generator<Answer> {
  for (const [type, encode] of FORMATS) {
    for (const value of VALUES) {
      for (const status of [200, 400]) {
        yield { body: encode(value), status, headers: { "content-type": type } };
      }
    }
  }
  for (const name of reads) {
    // Of a refusal only the error is read.
    const statuses = ERROR.includes(name) ? [200, 400] : [200];
    for (const [kind, value] of WRONG.entries()) {
      for (const [place, item] of itemsWith({ [name]: value }).entries()) {
        const [type, encode] = FORMATS[(kind + place) % 2]!;
        for (const status of statuses) {
          yield { body: encode(item), status, headers: { "content-type": type } };
        }
      }
    }
  }
  for (const [name, [type, body]] of Object.entries(RAW)) {
    for (const status of [200, 302, 404, 500]) {
      for (const more of name === "no type" || name === "a page" ? HEADERS : [{}]) {
        yield { body, status, headers: { "content-type": type, ...more } };
      }
    }
  }
  for (const status of [204, 304]) yield { body: null, status };
}

for (const [reads, calls] of CALLS) {
  for (const [name, call] of Object.entries(calls)) {
    test(`RSF1: ${name} settles with a result or an ErrorInfo after a hostile answer`, async () => {
      for (const { body, ...init } of answersTo(reads)) {
        await settles(call, () => new Response(body, init));
      }
    });
  }
}

test("RSC13: an answer of more than 10 MiB ends in an error that says so, and is read no further", async () => {
  const packed = { "content-length": "100", "content-encoding": "gzip" }; // Runtimes leave both as they were.
  for (const type of ["application/json", "application/x-msgpack"]) {
    for (const [status, more] of [[200, {}], [404, {}], [200, packed]] as const) {
      let sent = 0;
      const { rest, network } = restWith(() => {
        const body = new ReadableStream<Uint8Array>({
          pull(controller) {
            sent += 1 << 20;
            controller.enqueue(new Uint8Array(1 << 20).fill(32));
          },
        });
        return new Response(body, { status, headers: { "content-type": type, ...more } });
      });
      const error = await assertRejects(
        () => rest.channels.get("c").history(),
        ErrorInfo,
        "10 MiB",
      );
      assertEquals([error.code, error.statusCode], status === 200 ? [40013, 400] : [40400, 404]);
      assert(sent <= 13 << 20, `${sent}`);
      assertEquals([network.open(), network.seen.length], [0, 1]);
    }
  }
});

test("RSC15l: a body that can't be unpacked, or breaks off, is no host out of reach", async () => {
  for (const type of ["application/json", "text/html"]) {
    const { rest, network } = restWith(() => {
      const body = new ReadableStream({
        pull: (controller) => controller.error(new TypeError("corrupt gzip stream")),
      });
      return new Response(body, { headers: { "content-type": type } });
    });
    const error = await assertRejects(() => rest.channels.get("c").publish("n", "d"), ErrorInfo);
    assertEquals([error.code, error.cause?.message], [40013, "corrupt gzip stream"]);
    assertEquals(network.seen.length, 1);
  }
});

test("RSC13, TO3l4: a body that trickles ends with the time of its request", async () => {
  const clock = new FakeClock();
  const { rest } = restWith(() => {
    const body = new ReadableStream({
      start: (controller) => controller.enqueue(new Uint8Array([32])),
    });
    return new Response(body, { headers: { "content-type": "application/json" } });
  }, { clock, httpRequestTimeout: 1_000, fallbackHosts: [] });
  const error = assertRejects(() => rest.channels.get("c").history(), ErrorInfo);
  await clock.advance(1_000);
  assertEquals((await error).code, 50003);
  assertEquals(clock.pending, 0);
});

test("RSC7, RSA: a redirect of the service is not followed, and the key stays where it was sent", async () => {
  for (const status of [301, 302, 303, 307, 308]) {
    const { rest, network } = restWith(() =>
      new Response("moved", { status, headers: { location: "https://evil.example/" } })
    );
    await assertRejects(() => rest.channels.get("c").publish("n", "d"), ErrorInfo);
    assertEquals(network.seen.length, 1);
  }
});
