import { assert, assertEquals, assertRejects, assertThrows, test } from "../harness.ts";
import { createApp } from "../../examples/hono-token-endpoint/app.ts";
import { Sessions } from "../../examples/hono-token-endpoint/sessions.ts";
import worker from "../../examples/hono-token-endpoint/worker.ts";
import { ErrorInfo } from "../../src/errors.ts";
import { Rest } from "../../src/rest/rest.ts";
import { createService } from "../../src/testing/mod.ts";
import { fromBase64Lenient, fromUtf8 } from "../../src/util/bytes.ts";

const JSON_TYPE = { "content-type": "application/json" };
const KEY = "localApp.root:the-secret-of-this-test";
const PASSWORD = "a password of the test";
const CONFIG = { ABLY_API_KEY: KEY, DEMO_PASSWORD: PASSWORD };
const SITE = "https://api.example.com";

/** The local service, and a `fetch` that leads to it, and to an issuer of tokens at its own address. */
async function withIssuer(
  issue: (request: Request) => Response | Promise<Response>,
  run: (options: { fetch: typeof fetch; endpoint: string; tls: boolean }) => Promise<void>,
): Promise<void> {
  const service = createService({ key: KEY });
  const { fetch: toService } = service.options();
  try {
    await run({
      endpoint: "127.0.0.1",
      tls: false,
      fetch: async (input, init) => {
        const request = new Request(input, init);
        return request.url.startsWith(SITE) ? await issue(request) : await toService(input, init);
      },
    });
  } finally {
    await service.close();
  }
}

function signInRequest(body: string, headers: HeadersInit = JSON_TYPE): Request {
  return new Request(`${SITE}/session`, { method: "POST", body, headers });
}

async function signIn(
  app: { fetch(request: Request): Response | Promise<Response> },
): Promise<string> {
  const body = JSON.stringify({ user: "jim", password: PASSWORD });
  const response = await app.fetch(signInRequest(body));
  assertEquals(response.status, 200);
  await response.body?.cancel();
  const cookie = response.headers.get("set-cookie")!;
  assert(/; HttpOnly; Secure; SameSite=Lax$/.test(cookie));
  return cookie.split(";")[0]!;
}

const hono = {
  "Hono app": () => createApp(CONFIG, new Sessions()),
  "Hono app as a Worker": () => ({
    fetch: (request: Request) => worker.fetch(request, CONFIG),
  }),
};

for (const [name, create] of Object.entries(hono)) {
  test(`examples, ${name}: who is signed in gets a token for what is theirs`, async () => {
    const app = create();
    const cookie = await signIn(app);
    await withIssuer(app.fetch, async (options) => {
      const client = new Rest({ ...options, authUrl: `${SITE}/token`, authHeaders: { cookie } });
      await client.channels.get("lobby").publish("note", "Hello");
      const { items } = await client.channels.get("lobby").history();
      assertEquals(items.map(({ data, clientId }) => [data, clientId]), [["Hello", "jim"]]);
      const elsewhere = client.channels.get("inbox:joe");
      const error = await assertRejects(() => elsewhere.publish("note", "x"), ErrorInfo);
      assertEquals(error.code, 40160);
    });
  });

  test(`examples, ${name}: who is not signed in gets none`, async () => {
    const app = create();
    for (const body of ['{"user":"jim"}', "{", "null"]) {
      assertEquals((await app.fetch(signInRequest(body))).status, 401);
    }
    for (const cookie of ["", "session=guess", "x=1; session="]) {
      const response = await app.fetch(new Request(`${SITE}/token`, { headers: { cookie } }));
      assertEquals([response.status, await response.json()], [401, { error: "Sign in first" }]);
      assertEquals(response.headers.get("cache-control"), "no-store");
    }
  });
}

test("examples, Hono app: a form on a page of another site cannot sign in", async () => {
  const app = createApp(CONFIG, new Sessions());
  const body = JSON.stringify({ user: "jim", password: PASSWORD });
  // The requests that a page can send without a preflight; the last one without a content type.
  for (const type of ["text/plain", "TEXT/plain;x", "application/x-www-form-urlencoded", ""]) {
    const headers = { "content-type": type, "origin": "https://evil.example" };
    const request = signInRequest(body, headers);
    if (type === "") request.headers.delete("content-type");
    const response = await app.fetch(request);
    assertEquals([type, response.status, response.headers.get("set-cookie")], [type, 403, null]);
    await response.body?.cancel();
  }
});

test("examples, Hono app: refuses another password, and does not start without one", async () => {
  const app = createApp(CONFIG, new Sessions());
  const forms: unknown[] = [
    ...["open sesame", "", PASSWORD.slice(1), `${PASSWORD} `, null, 7, [PASSWORD], { length: 1 }]
      .map((password) => ({ user: "jim", password })),
    ...["*", "joe", "a:b", ["jim"], "__proto__"].map((user) => ({ user, password: PASSWORD })),
    ...[[], "jim", 7, true],
  ];
  for (const form of forms) {
    const response = await app.fetch(signInRequest(JSON.stringify(form)));
    assertEquals([form, response.status], [form, 401]);
    await response.body?.cancel();
  }
  const large = await app.fetch(signInRequest(JSON.stringify({ user: "x".repeat(5_000) })));
  assertEquals(large.status, 413);
  await large.body?.cancel();
  for (const DEMO_PASSWORD of ["", "open sesame", undefined!]) {
    assertThrows(() => createApp({ ...CONFIG, DEMO_PASSWORD }, new Sessions()), Error);
  }
});

test("examples, Hono app: a token lives no longer than the session, which ends", async () => {
  let time = Date.now();
  const sessions = new Sessions(() => time);
  const app = createApp(CONFIG, sessions);
  const cookie = await signIn(app);
  const ask = () => app.fetch(new Request(`${SITE}/token`, { headers: { cookie } }));
  const lifetime = async () => {
    const jwt = fromUtf8(await (await ask()).arrayBuffer()).split(".")[1]!;
    const { iat, exp } = JSON.parse(fromUtf8(fromBase64Lenient(jwt)));
    return exp - iat;
  };
  assertEquals(await lifetime(), 30 * 60);
  const almost = sessions.begin("jim");
  assertEquals(sessions.find(almost)?.user, "jim");
  time += 12 * 60 * 60 * 1000;
  const late = await ask();
  assertEquals([late.status, sessions.find(almost)], [401, undefined]);
  await late.body?.cancel();
});

test("examples, Hono app: signing out ends the session", async () => {
  const app = createApp(CONFIG, new Sessions());
  const cookie = await signIn(app);
  const headers = { cookie, origin: SITE };
  const out = await app.fetch(new Request(`${SITE}/session`, { method: "DELETE", headers }));
  assertEquals([out.status, /session=;/.test(out.headers.get("set-cookie") ?? "")], [204, true]);
  const refused = await app.fetch(new Request(`${SITE}/token`, { headers }));
  assertEquals(refused.status, 401);
  await refused.body?.cancel();
});

test("examples, Hono app: a name that would open the inboxes of others gets no token", async () => {
  const sessions = new Sessions();
  const app = createApp(CONFIG, sessions);
  for (const user of ["*", "a:b", "a*", "", "a\nb", "[meta]a", "x".repeat(65)]) {
    const headers = { cookie: `session=${sessions.begin(user)}` };
    const response = await app.fetch(new Request(`${SITE}/token`, { headers }));
    assertEquals([user, response.status], [user, 403]);
    await response.body?.cancel();
  }
});

test("examples, Hono app: pages of the named origin are let in, others are not", async () => {
  const origin = "https://app.example.com";
  const app = createApp({ ...CONFIG, APP_ORIGIN: origin }, new Sessions());
  const preflight = (from: string) =>
    app.fetch(
      new Request(`${SITE}/token`, {
        method: "OPTIONS",
        headers: { "origin": from, "access-control-request-method": "GET" },
      }),
    );
  const welcome = await preflight(origin);
  assertEquals(welcome.headers.get("access-control-allow-origin"), origin);
  assertEquals((await preflight("https://evil.example")).status, 403);
});
