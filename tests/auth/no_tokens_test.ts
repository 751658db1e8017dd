import { assert, assertEquals, assertRejects, assertThrows, test } from "../harness.ts";
import type { AuthCallback } from "../../src/auth/auth_options.ts";
import { ErrorInfo } from "../../src/errors.ts";
import { Rest } from "../../src/rest/rest.ts";
import { type Answer, client, json } from "../support/fake_service.ts";
import { Rig } from "../support/realtime_rig.ts";

const NO_TOKENS: Record<string, string> = {
  "JSON text": JSON.stringify({ token: "s3cret" }),
  "JSON text twice": JSON.stringify(JSON.stringify({ token: "s3cret" })),
  "a list in JSON": '["s3cret"]',
  "a page": "<!doctype html><title>s3cret</title>",
  "a JWT in quotes": '"eyJs3cret.e30.x"',
  "a JWT in single quotes": "'eyJs3cret.e30.x'",
  "a Bearer header": "Bearer eyJs3cret.e30.x",
  "a Basic header": "Basic s3cret",
  "an API key": "appId.keyId:s3cret",
  "a URL": "https://example.com/s3cret",
  "undefined as text": "undefined",
  "an object as text": "[object Object]",
  "a line break in it": "eyJs3cret\n.e30.x",
  "a line break after it": "eyJs3cret.e30.x\r\n",
  "a space before it": " eyJs3cret.e30.x",
  "a tab in it": "eyJs3cret\t.e30.x",
  "a NUL": "eyJs3cret.e30.x\0",
  "an escape sequence": "\u001b[2Js3cret",
  "a byte order mark": "\ufeffeyJs3cret.e30.x",
  "a zero-width space in it": "eyJs3cret\u200b.e30.x",
};

function isRefused(error: ErrorInfo, source: string): void {
  assertEquals([error.code, error.statusCode], [40170, 401]);
  assert(error.message.includes(source) && error.remediation !== "", error.message);
  assert(!JSON.stringify(error).includes("s3cret"), error.message);
}

for (const [name, text] of Object.entries(NO_TOKENS)) {
  test(`RSA4f, RSA4e: ${name} is no token, and is not sent`, async () => {
    for (const given of [text, { token: text }]) {
      const rig = client({ authCallback: () => given });
      isRefused(await assertRejects(() => rig.get(), ErrorInfo), "authCallback");
      assertEquals(rig.network.seen.length, 0);
      for (const name of ["token", "tokenDetails"]) {
        if (name === "tokenDetails" && typeof given === "string") continue;
        const error = assertThrows(() => new Rest({ [name]: given }), ErrorInfo);
        isRefused(error, `option ${name}`);
        const own = client({ authCallback: () => "t" });
        isRefused(
          await assertRejects(() => own.auth.authorize(null, { [name]: given }), ErrorInfo),
          `option ${name}`,
        );
      }
    }
    const trimmed = text.trim();
    const answers: [string, string][] = [
      ["application/json", JSON.stringify(text)],
      ["application/json", JSON.stringify({ token: text })],
      ["text/plain", `${trimmed.slice(0, 3)}\n${trimmed}`],
      ["application/jwt", trimmed],
    ];
    for (const [type, body] of answers) {
      if (type === "application/jwt" && /^eyJ[^\s]*$/.test(trimmed)) continue; // It is one, trimmed.
      const rig = client(
        { authUrl: "https://auth.example/" },
        () => new Response(body, { headers: { "content-type": type } }),
      );
      isRefused(await assertRejects(() => rig.get(), ErrorInfo), "authUrl");
      assertEquals(rig.network.seen.length, 1);
    }
  });
}

test("TN1: all other token texts are opaque", async () => {
  for (
    const token of ["t", "xVLyHw.Dz4QqsCg", "eyJ0eXAiOiJKV1QifQ.e30.x-_y", "a/b+c==", "é", "1"]
  ) {
    const rig = client({ authCallback: () => token });
    assertEquals((await rig.get()).statusCode, 200);
    assert(new Rest({ token }));
  }
});

test("RSA4c1, RSA4c2, RSA4f: to a realtime client what is no token is the cause of an 80019", async () => {
  await using rig = new Rig({ authCallback: () => '{"token":"s3cret"}' });
  rig.client.connect();
  await rig.settle();
  const { state, errorReason } = rig.client.connection;
  assertEquals([state, errorReason?.code, errorReason?.statusCode], ["disconnected", 80019, 401]);
  isRefused(errorReason!.cause as ErrorInfo, "authCallback");
  assertEquals(rig.network.lines.length, 0);
  rig.client.close();
});

type Done = (error: unknown, result?: unknown) => void;
const ANSWERS_NOTHING: Record<string, unknown> = {
  "a function that returns nothing": () => {},
  "a function of the params that returns nothing": (_params: unknown) => {},
  "a function of two members that returns nothing": ({ ttl: _ttl }: { ttl?: number }) => {},
  "an old function that returns nothing": function () {},
  "a method that returns nothing": { ask(_params: unknown) {} }.ask,
  "an async function that returns nothing": async () => {},
  "a promise of null": () => Promise.resolve(null),
  "null": () => null,
  "an empty text": () => "",
  "a number": () => 17,
  "an empty object": () => ({}),
  "a Response": () => new Response("token"),
  "a promise of a Response": () => Promise.resolve(new Response("token")),
  "a callback without anything": (_: unknown, done: Done) => done(null),
  "a callback with an empty text": (_: unknown, done: Done) => done(null, ""),
  "a callback with an error and a token": (_: unknown, done: Done) => done(new Error("No"), "t"),
  "a callback with an error, and then a token": (_: unknown, done: Done) => {
    done(new Error("No"));
    done(null, "t");
  },
  "a rejection without a reason": () => Promise.reject(),
  "a thrown text": () => {
    // deno-lint-ignore no-throw-literal
    throw "No";
  },
};

for (const [name, authCallback] of Object.entries(ANSWERS_NOTHING)) {
  test(`RSA4e: an authCallback that answers with ${name} fails at once, and says what to return`, async () => {
    const rig = client({ authCallback: authCallback as AuthCallback });
    const error = await assertRejects(() => rig.get(), ErrorInfo); // The clock stands still.
    isRefused(error, "authCallback");
    assertEquals([rig.clock.pending, rig.network.seen.length], [0, 0]);
  });
}

const ANSWERS_ONCE: Record<string, unknown> = {
  "calls back twice": (_: unknown, done: Done) => {
    done(null, "t");
    done(null, "u");
  },
  "calls back and throws": (_: unknown, done: Done) => {
    done(null, "t");
    throw new Error("Late");
  },
  "calls back and rejects": (_: unknown, done: Done) => {
    done(null, "t");
    return Promise.reject(new Error("Late"));
  },
  "calls back, then with an error": (_: unknown, done: Done) => {
    done(null, "t");
    done(new Error("Late"));
  },
};

for (const [name, authCallback] of Object.entries(ANSWERS_ONCE)) {
  test(`RSA8d: of an authCallback that ${name} the first answer counts`, async () => {
    const rig = client({ authCallback: authCallback as AuthCallback });
    assertEquals(await rig.auth.authorize(), { token: "t" });
  });
}

/** The wrappers of other people's callbacks: they take the callback without declaring it. */
const later = (done: Done) => queueMicrotask(() => done(null, "t"));
const TAKERS: Record<string, unknown> = {
  "a rest parameter": (...all: [unknown, Done]) => void later(all[1]),
  "arguments": function () {
    later((arguments as unknown as [unknown, Done])[1]);
  },
  "a default": (_params: unknown, done: Done = () => {}) => void later(done),
  "bind": ((_: unknown, done: Done) => void later(done)).bind(null),
};

for (const [name, authCallback] of Object.entries(TAKERS)) {
  test(`RSA8d: a callback that is taken by ${name} is waited for`, async () => {
    const rig = client({ authCallback: authCallback as AuthCallback });
    assertEquals(await rig.auth.authorize(), { token: "t" });
  });
}

test("RSA4d, RSA4e: the error has the status and words of a refusing authUrl, cut, in one line, without secrets", async () => {
  const bodies: [string, string, string][] = [
    ["text/plain", "Sign in first", "Sign in first"],
    ["text/plain", "Sign in\u001b[2J\nfirst", "Sign in\\u001b[2J first"],
    ["text/html", "<html><style>p{}</style><p>Sign in</p><p>first", "Sign in first"],
    ["application/json", JSON.stringify({ error: { message: "Sign in first" } }), "Sign in first"],
    ["application/json", JSON.stringify({ error: "Sign in first" }), "Sign in first"],
    ["application/json", JSON.stringify({ message: "Sign in first" }), "Sign in first"],
    ["application/json", JSON.stringify("Sign in first"), "Sign in first"],
    ["application/json", "Sign in first", "Sign in first"],
    ["text/plain", "No session session-s3cret, https://x.example/?key=s3cret", "No session …"],
    ["text/plain", `Long ${"x".repeat(100_000)}`, "Long xxx"],
    ["image/png", "s3cret", ""],
    ["application/json", "{}", ""],
    ["application/json", '{"error":{"message":17,"code":"x","statusCode":{}}}', ""],
  ];
  for (const status of [400, 401, 403, 404, 500]) {
    for (const [type, body, words] of bodies) {
      const rig = client(
        { authUrl: "https://auth.example/", authHeaders: { "x-session": "session-s3cret" } },
        () => new Response(body, { status, headers: { "content-type": type } }),
      );
      const error = await assertRejects(() => rig.get(), ErrorInfo);
      isRefused(error, `status ${status}`);
      const cause = error.cause as ErrorInfo;
      assertEquals([cause.statusCode, cause.code], [status, status * 100]);
      for (const { message } of [error, cause]) {
        assert(message.includes(words) && message.length < 300, message);
        // deno-lint-ignore no-control-regex
        assert(!/[\u0000-\u001f]/.test(message));
      }
      assert(!JSON.stringify(cause).includes("s3cret"));
      assert(rig.logged.some((line) => line.includes(`status ${status}`)));
    }
  }
});

for (
  const [what, body, code] of [
    ["text", "Not you", 40300],
    ["a code of its own", '{"error":{"code":40310,"message":"Not you"}}', 40310],
    ["nothing", "", 40300],
  ] as const
) {
  test(`RSA4d: a 403 of the authUrl with ${what} is the cause of the failure, as in ably`, async () => {
    const type = body.startsWith("{") ? "application/json" : "text/plain";
    const headers = { "content-type": type };
    const answer = () => new Response(body, { status: 403, headers });
    await using rig = new Rig({ authUrl: "https://auth.example/", answer });
    const failed = rig.client.connection.once("failed");
    rig.client.connect();
    await failed;
    const { state, errorReason } = rig.client.connection;
    assertEquals([state, errorReason?.code, errorReason?.statusCode], ["failed", 80019, 403]);
    const cause = errorReason!.cause as ErrorInfo;
    assertEquals([cause.code, cause.statusCode], [code, 403]);
    assert(errorReason!.message.includes("status 403"));
    assert(cause.message.includes(body === "" ? "status 403" : "Not you"));
  });
}

const AUTH = "https://auth.example/token";

/** Answers of an authUrl that redirects first, and what was asked of whom. */
async function redirected(
  locations: string[],
  { status = 302, ...options }: Parameters<typeof client>[0] & { status?: number } = {},
): Promise<{ seen: string[]; headers: (string | null)[]; result: unknown; open: number }> {
  const answer: Answer = (_request, index) =>
    index < locations.length
      ? new Response("moved", { status, headers: { location: locations[index]! } })
      : json("t");
  const rig = client({ authUrl: AUTH, ...options }, answer);
  const result = await rig.auth.requestToken().catch((error) => error);
  const { seen } = rig.network;
  return {
    seen: seen.map(({ method, url }) => `${method} ${url.href}`),
    headers: seen.map(({ headers }) => headers.get("x-session")),
    result,
    open: rig.network.open(),
  };
}

test("RSA8c: a redirect to the same origin is followed, with the headers", async () => {
  const authHeaders = { "x-session": "s3cret" };
  for (const status of [301, 302, 303, 307, 308]) {
    const { seen, headers, result, open } = await redirected(["/a?b=c", `${AUTH}/d`], {
      authHeaders,
      status,
    });
    assertEquals(seen, [
      `GET ${AUTH}`,
      "GET https://auth.example/a?b=c",
      `GET ${AUTH}/d`,
    ]);
    assertEquals([headers, result, open], [["s3cret", "s3cret", "s3cret"], { token: "t" }, 0]);
  }
});

test("RSA8c: a POST is posted again where the status says so", async () => {
  for (const [status, method] of [[302, "GET"], [303, "GET"], [307, "POST"], [308, "POST"]]) {
    const { seen } = await redirected(["/a"], {
      authMethod: "POST",
      authParams: { a: "b" },
      status: status as number,
    });
    assertEquals(seen[1], `${method} https://auth.example/a`);
  }
});

test("RSA8c: to another origin neither authHeaders nor a form go along: 40170", async () => {
  const others = [
    "https://other.example/token",
    "//other.example/token",
    "http://auth.example/token",
    "https://auth.example:8443/token",
    "https://user@other.example/token",
  ];
  for (const location of others) {
    for (
      const options of <Parameters<typeof redirected>[1][]> [
        { authHeaders: { "x-session": "s3cret" } },
        { authHeaders: { authorization: "Basic s3cret" } },
        { authMethod: "POST", authParams: { session: "s3cret" }, status: 307 },
      ]
    ) {
      const { seen, result, open } = await redirected([location], options);
      isRefused(result as ErrorInfo, "another origin");
      assertEquals([seen.length, open], [1, 0]);
    }
  }
});

test("RSA8c: without headers another origin may answer, but not without TLS in place of with", async () => {
  const followed = await redirected(["https://www.auth.example/token"]);
  assertEquals(followed.seen[1], "GET https://www.auth.example/token");
  assertEquals(followed.result, { token: "t" });
  const { seen, result } = await redirected(["http://www.auth.example/token"]);
  isRefused(result as ErrorInfo, "another origin");
  assertEquals(seen.length, 1);
});

test("RSA8c: an authUrl that redirects for ever, or to no URL, ends in 40170", async () => {
  const round = await redirected(Array(100).fill("/again"));
  isRefused(round.result as ErrorInfo, "5 times");
  assertEquals([round.seen.length, round.open], [6, 0]);
  for (const location of ["http://[", "javascript:alert(1)", "data:text/plain,t", "file:///t"]) {
    const { seen, result } = await redirected([location]);
    assertEquals([(result as ErrorInfo).code, seen.length], [40170, 1]);
  }
});
