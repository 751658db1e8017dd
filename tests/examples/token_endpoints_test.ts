import { assert, assertEquals, assertRejects, test } from "../harness.ts";
import { createApp } from "../../examples/hono-token-endpoint/app.ts";
import { Sessions } from "../../examples/hono-token-endpoint/sessions.ts";
import worker from "../../examples/hono-token-endpoint/worker.ts";
import { ErrorInfo } from "../../src/errors.ts";
import { Rest } from "../../src/rest/rest.ts";
import { createService, DEFAULT_KEY } from "../../src/testing/mod.ts";

const JSON_TYPE = { "content-type": "application/json" };
const SITE = "https://api.example.com";

/** The local service, and a `fetch` that leads to it, and to an issuer of tokens at its own address. */
async function withIssuer(
  issue: (request: Request) => Response | Promise<Response>,
  run: (options: { fetch: typeof fetch; endpoint: string; tls: boolean }) => Promise<void>,
): Promise<void> {
  const service = createService();
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
  const body = JSON.stringify({ user: "jim", password: "open sesame" });
  const response = await app.fetch(signInRequest(body));
  assertEquals(response.status, 200);
  await response.body?.cancel();
  const cookie = response.headers.get("set-cookie")!;
  assert(/; HttpOnly; Secure; SameSite=Lax$/.test(cookie));
  return cookie.split(";")[0]!;
}

const hono = {
  "Hono app": () => createApp({ ABLY_API_KEY: DEFAULT_KEY }, new Sessions()),
  "Hono app as a Worker": () => ({
    fetch: (request: Request) => worker.fetch(request, { ABLY_API_KEY: DEFAULT_KEY }),
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

test("examples, Hono app: a form on a page of another site signs nobody in", async () => {
  const app = createApp({ ABLY_API_KEY: DEFAULT_KEY }, new Sessions());
  const body = '{"user":"jim","password":"open sesame","x":"=\\r\\n"}';
  const form = { "content-type": "text/plain", "origin": "https://evil.example" };
  const response = await app.fetch(signInRequest(body, form));
  assertEquals([response.status, response.headers.get("set-cookie")], [403, null]);
  await response.body?.cancel();
});

test("examples, Hono app: pages of the named origin are let in, others are not", async () => {
  const origin = "https://app.example.com";
  const app = createApp({ ABLY_API_KEY: DEFAULT_KEY, APP_ORIGIN: origin }, new Sessions());
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
