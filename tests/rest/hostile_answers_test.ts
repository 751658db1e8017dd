import { type ClientOptions, ErrorInfo, Rest } from "../../mod.ts";
import { msgpackCodec } from "../../src/protocol/msgpack_codec.ts";
import { FakeClock } from "../../src/testing/clock/fake_clock.ts";
import { assert, assertEquals, assertRejects, test } from "../harness.ts";
import { fakeFetch, KEY } from "../support/fake_service.ts";

const SERIAL = "01726585978590-001@abcdefgh:000";
const DEVICE = { id: "d", platform: "ios", formFactor: "phone", push: { recipient: {} } };

const CALLS: Record<string, (rest: Rest) => Promise<unknown>> = {
  "time": (rest) => rest.time(),
  "stats": (rest) => rest.stats(),
  "publish": (rest) => rest.channels.get("c").publish("n", "d"),
  "history": (rest) => rest.channels.get("c").history(),
  "encrypted history": (rest) =>
    rest.channels.get("e", { cipher: { key: new Uint8Array(16) } }).history(),
  "status": (rest) => rest.channels.get("c").status(),
  "getMessage": (rest) => rest.channels.get("c").getMessage(SERIAL),
  "getMessageVersions": (rest) => rest.channels.get("c").getMessageVersions(SERIAL),
  "updateMessage": (rest) => rest.channels.get("c").updateMessage({ serial: SERIAL, data: "d" }),
  "deleteMessage": (rest) => rest.channels.get("c").deleteMessage({ serial: SERIAL }),
  "appendMessage": (rest) => rest.channels.get("c").appendMessage({ serial: SERIAL, data: "d" }),
  "presence.get": (rest) => rest.channels.get("c").presence.get(),
  "presence.history": (rest) => rest.channels.get("c").presence.history(),
  "annotations.get": (rest) => rest.channels.get("c").annotations.get(SERIAL),
  "annotations.publish": (rest) =>
    rest.channels.get("c").annotations.publish(SERIAL, { type: "a:flag.v1", name: "n" }),
  "annotations.delete": (rest) =>
    rest.channels.get("c").annotations.delete(SERIAL, { type: "a:flag.v1", name: "n" }),
  "batchPublish": (rest) => rest.batchPublish({ channels: ["c"], messages: [{ data: "d" }] }),
  "batchPublish of two": (rest) =>
    rest.batchPublish([{ channels: ["c"], messages: [{ data: "d" }] }]),
  "batchPresence": (rest) => rest.batchPresence(["c", "d"]),
  "request": (rest) => rest.request("GET", "/x", 6),
  "request by POST": (rest) => rest.request("POST", "/x", 6, null, { a: 1 }),
  "requestToken": (rest) => rest.auth.requestToken(),
  "authorize": (rest) => rest.auth.authorize(),
  "revokeTokens": (rest) => rest.auth.revokeTokens({ type: "clientId", value: "x" }),
  "push.publish": (rest) => rest.push.admin.publish({ clientId: "x" }, { data: {} }),
  "push device save": (rest) => rest.push.admin.deviceRegistrations.save(DEVICE as never),
  "push device get": (rest) => rest.push.admin.deviceRegistrations.get("d"),
  "push device list": (rest) => rest.push.admin.deviceRegistrations.list(),
  "push device remove": (rest) => rest.push.admin.deviceRegistrations.remove("d"),
  "push subscription save": (rest) =>
    rest.push.admin.channelSubscriptions.save({ channel: "c", clientId: "x" }),
  "push subscription list": (rest) => rest.push.admin.channelSubscriptions.list(),
  "push channels": (rest) => rest.push.admin.channelSubscriptions.listChannels(),
};

function nested(depth: number): string {
  return '{"cause":'.repeat(depth) + "null" + "}".repeat(depth);
}

const WRONG: readonly unknown[] = [null, true, -0.5, "17", [[]], { a: 1 }];
const MEMBERS = [
  ...["id", "name", "data", "encoding", "timestamp", "clientId", "extras", "serial", "version"],
  ...["action", "annotations", "channelId", "status", "channel", "serials", "versionSerial"],
  ...["error", "code", "message", "statusCode", "successCount", "results", "presence", "summary"],
  ...[
    "token",
    "expires",
    "intervalId",
    "entries",
    "count",
    "target",
    "deviceId",
    "push",
    "connectionId",
  ],
];

/** The bodies: JSON values of all kinds, alone, in a list, and as members of the expected body. */
const VALUES: unknown[] = [
  ...WRONG,
  ...[0, "", [], {}, [null], [1], ["x"]],
  ...MEMBERS.flatMap((name) =>
    WRONG.flatMap((value) => {
      const item = { id: "i", action: 0, serial: SERIAL, intervalId: "2026-01-01", [name]: value };
      return [item, [item]];
    })
  ),
  [{ encoding: "json/utf-8/base64", data: "@@" }],
  [{ encoding: "cipher+aes-128-cbc/base64", data: "" }],
  [{ encoding: "vcdiff/base64", data: "1sPEAAA=" }],
  [{ encoding: "x/".repeat(10_000), data: "x" }],
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

function bodiesOf(value: unknown): [string, string | Uint8Array<ArrayBuffer>][] {
  return [
    ["application/json", JSON.stringify(value)],
    ["application/x-msgpack", msgpackCodec.encode(value) as Uint8Array<ArrayBuffer>],
  ];
}

for (const [name, call] of Object.entries(CALLS)) {
  test(`RSF1: ${name} settles with a result or an ErrorInfo, whatever the answer is`, async () => {
    for (const [place, value] of VALUES.entries()) {
      for (const [type, body] of bodiesOf(value)) {
        // To a refusal only the error in it matters.
        for (const status of place % 5 === 0 ? [200, 400] : [200]) {
          await settles(
            call,
            () => new Response(body, { status, headers: { "content-type": type } }),
          );
        }
      }
    }
    for (const [type, body] of Object.values(RAW)) {
      for (const more of HEADERS) {
        for (const status of [200, 302, 404, 500]) {
          const headers = { "content-type": type, ...more };
          await settles(call, () => new Response(body, { status, headers }));
        }
      }
    }
    for (const status of [204, 304]) await settles(call, () => new Response(null, { status }));
  });
}

test("RSC13: an answer of more than 10 MiB ends in an error that says so, and is read no further", async () => {
  for (const type of ["application/json", "application/x-msgpack"]) {
    for (const status of [200, 404]) {
      let sent = 0;
      const { rest, network } = restWith(() => {
        const body = new ReadableStream<Uint8Array>({
          pull(controller) {
            sent += 1 << 20;
            controller.enqueue(new Uint8Array(1 << 20).fill(32));
          },
        });
        return new Response(body, { status, headers: { "content-type": type } });
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
