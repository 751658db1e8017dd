import { assert, assertEquals, assertThrows, test } from "../harness.ts";
import { type ClientOptions, ErrorInfo, Realtime, Rest } from "../../mod.ts";
import { FakeClock } from "../../src/testing/clock/fake_clock.ts";
import { leaks, shown } from "../support/leaks.ts";
import { ScriptedNetwork } from "../support/scripted_network.ts";

const JWT = "eyJhbGciOiJIUzI1NiJ9.eyJpYXQiOjF9.and-s3cret_signature";
const SECRETS = ["key-s3cret", "s3cret_signature", "user-s3cret", "header-s3cret", "param-s3cret"];
const KEY = "app.key:key-s3cret";
// Not beside the call: Bun shows the lines of the caller's file.
const PATH = "/x?access_token=param-s3cret";

const MEANS: Record<string, ClientOptions> = {
  "a key": { key: KEY },
  "a JWT": { token: JWT },
  "an authUrl": {
    authUrl: "https://jim:user-s3cret@auth.example/token?own=param-s3cret#param-s3cret",
    authHeaders: { "x-session": "header-s3cret", authorization: "Basic aGVhZGVyLXMzY3JldA==" },
    authParams: { session: "param-s3cret" },
  },
  "an authUrl by POST": {
    authUrl: "https://auth.example/token",
    authMethod: "POST",
    authHeaders: { "x-session": "header-s3cret" },
    authParams: { session: "param-s3cret" },
  },
};

/** The texts in which a runtime may show a failed request. */
interface Known {
  url: string;
  headers: string;
  body: string;
}

const TELLTALES: Record<string, (known: Known) => unknown> = {
  "the URL": ({ url }) => new TypeError(`error sending request for url (${url})`),
  "the URL as text": ({ url }) => `Invalid URL: ${url}`,
  "the URL in a cause of a cause": ({ url }) =>
    new TypeError("fetch failed", { cause: new Error("dns error", { cause: new Error(url) }) }),
  "the URL in members": ({ url }) =>
    Object.assign(new Error("Unable to connect"), { path: url, request: { url }, code: "E" }),
  "the URL in a hidden member": ({ url }) =>
    Object.defineProperty(new Error("No"), Symbol("url"), { value: url }),
  "a part of the URL": ({ url }) => new Error(`No such target: ${url.slice(url.indexOf("?") + 1)}`),
  "the URL decoded": ({ url }) => new Error(decodeURIComponent(url)),
  "the URL encoded": ({ url }) => new Error(`Refused "${encodeURIComponent(url)}"`),
  "the headers": ({ headers }) => new TypeError(`Invalid header: ${headers}`),
  "the body": ({ body }) => new TypeError(`Invalid body: ${body}`),
  "the stack": ({ url }) => Object.assign(new Error("No"), { stack: `Error: ${url}\n    at x` }),
  "a DOMException": ({ url, headers }) => new DOMException(`${url} ${headers}`, "SyntaxError"),
};

const SITUATIONS = ["is thrown", "rejects", "comes in an event", "closes"] as const;

for (const [means, auth] of Object.entries(MEANS)) {
  for (const [what, fail] of Object.entries(TELLTALES)) {
    test(`RSA: with ${means}, an error of the runtime that tells ${what} shows no secret`, async () => {
      for (const situation of SITUATIONS) {
        const { texts, errors } = await runAll(auth, { fail, situation });
        assert(errors.length > 0, situation);
        assertEquals(leaks(texts.join("\n"), SECRETS), [], situation);
        for (const error of errors) assertEquals(leaks(shown(error), SECRETS), [], situation);
      }
    });
  }
}

interface Failing {
  fail: (known: Known) => unknown;
  situation: typeof SITUATIONS[number];
}

/** Lets a client of each kind fail at all it does: what it logged, and with what errors it ended. */
async function runAll(
  auth: ClientOptions,
  { fail, situation }: Failing,
): Promise<{ texts: string[]; errors: unknown[] }> {
  const texts: string[] = [];
  const errors: unknown[] = [];
  const clock = new FakeClock();
  const options: ClientOptions = {
    ...auth,
    clock,
    endpoint: "ably.test",
    useBinaryProtocol: false,
    logLevel: "trace",
    logHandler: (text) => void texts.push(text),
    fetch: failingFetch(fail, situation),
    WebSocket: failingWebSocket(fail, situation),
  };
  const rest = new Rest(options);
  for (
    const call of [
      () => rest.time(),
      () => rest.channels.get("a").publish("n", "d"),
      () => rest.auth.requestToken(),
      () => rest.request("GET", PATH, 6),
    ]
  ) {
    await call().catch((error) => errors.push(error));
  }
  const realtime = new Realtime({ ...options, autoConnect: false });
  realtime.connection.on((change) => void errors.push(change));
  realtime.connect();
  await clock.advance(1_000);
  errors.push(realtime.connection.errorReason);
  await realtime.channels.get("a").attach({ signal: AbortSignal.abort() }).catch(() => {});
  realtime.close();
  await clock.advance(20_000);
  return { texts, errors };
}

function failingFetch(fail: Failing["fail"], situation: string): typeof fetch {
  return (input, init) => {
    const url = String(input);
    const headers = JSON.stringify([...new Headers(init?.headers)]);
    const error = fail({ url, headers, body: String(init?.body) });
    if (situation === "is thrown") throw error;
    if (situation === "rejects") return Promise.reject(error);
    const body = new ReadableStream({ pull: (controller) => controller.error(error) });
    const type = situation === "closes" ? "text/html" : "application/json";
    return Promise.resolve(new Response(body, { headers: { "content-type": type } }));
  };
}

function failingWebSocket(
  fail: Failing["fail"],
  situation: string,
): NonNullable<ClientOptions["WebSocket"]> {
  let url = "";
  const error = () => fail({ url, headers: `authorization: Basic ${btoa(KEY)}`, body: url });
  const network = new ScriptedNetwork();
  network.onOpen = (line) => {
    const thrown = error();
    if (situation === "closes") line.close(4000, String(thrown));
    else if (situation === "rejects") line.sendRaw(`{"key":"${KEY}","url":"${url}`);
    else line.fail({ error: thrown, message: String(thrown) });
  };
  return class extends network.WebSocket {
    constructor(target: string) {
      url = target;
      if (situation === "is thrown") throw error();
      super(target);
    }
  };
}

test("REC1b, RSA: what is no host is refused when the client is made, and no secret is shown", () => {
  const wrong = [
    "192.168.1.256",
    "1.2.3",
    "0x7f.1",
    "a..b",
    "[::1",
    "1::2::3",
    `${"a".repeat(64)}.example.com`,
    "https://jim:user-s3cret@h.example",
    "jim:user-s3cret@h.example",
    "wss://h.example/?key=key-s3cret",
    "h.example/#key-s3cret",
    "h.example?accessToken=key-s3cret",
    KEY,
    JWT + ":" + "x",
    "h.example:99999",
    "h.example/path",
  ];
  for (const host of wrong) {
    for (const options of [{ endpoint: host }, { fallbackHosts: ["h.example", host] }]) {
      const texts: string[] = [];
      for (const Client of [Rest, Realtime]) {
        const error = assertThrows(
          () => new Client({ key: KEY, ...options, logHandler: (text) => void texts.push(text) }),
          ErrorInfo,
        );
        assertEquals([error.code, error.statusCode], [40000, 400], host);
        assertEquals(leaks(shown(error) + texts.join("\n"), SECRETS), [], host);
      }
    }
  }
});

test("TO3k4, TO3k5: a port is a whole number that can be one", () => {
  for (const port of [0, -1, 80.5, 65_536, NaN, Infinity]) {
    for (const option of [{ port }, { tlsPort: port }]) {
      const error = assertThrows(() => new Rest({ key: KEY, ...option }), ErrorInfo);
      assertEquals(error.code, 40000);
    }
  }
  assert(new Rest({ key: KEY, port: 1, tlsPort: 65_535 }));
});

test("RSC1: an option of the wrong kind is refused without a secret that stands in it", () => {
  const key = "appId.keyId:s3cretS3cret0123";
  const options = [{ authMethod: key }, { endpoint: "appId.keyId s3cretS3cret0123" }];
  for (const given of options) {
    const error = assertThrows(() => new Rest({ key, ...given } as ClientOptions), ErrorInfo);
    assertEquals(error.message.includes("s3cret"), false, error.message);
  }
});
