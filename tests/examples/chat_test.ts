import { createApp } from "../../examples/chat/app.ts";
import { fromBase64Lenient, fromUtf8 } from "../../src/util/bytes.ts";
import { assertEquals, test } from "../harness.ts";

const SITE = "http://127.0.0.1:3000";

function chat() {
  const files = { html: "<p>The page", css: "", script: "" };
  return createApp({ key: "app.key:secret", service: {}, files, hosts: ["127.0.0.1:3000"] });
}

function signIn(app: ReturnType<typeof chat>, body: string): Response | Promise<Response> {
  return app.fetch(new Request(`${SITE}/session`, { method: "POST", body }));
}

test("examples, chat: who has signed in gets a token in that name", async () => {
  const app = chat();
  const { session, user } = await (await signIn(app, '{"name":" Jim "}')).json();
  const headers = { "x-session": session };
  const response = await app.fetch(new Request(`${SITE}/token`, { headers }));
  const [, payload = ""] = fromUtf8(await response.arrayBuffer()).split(".");
  const claims = JSON.parse(fromUtf8(fromBase64Lenient(payload)));
  assertEquals([user, claims["x-ably-clientId"], claims.exp - claims.iat], ["Jim", "Jim", 1800]);
  assertEquals(Object.keys(JSON.parse(claims["x-ably-capability"])), ["chat:*"]);
  for (const guess of ["", "x", "constructor"]) {
    const headers = { "x-session": guess };
    const refused = await app.fetch(new Request(`${SITE}/token`, { headers }));
    assertEquals(refused.status, 401);
    await refused.body?.cancel();
  }
});

test("examples, chat: a name that is not valid signs in no user", async () => {
  const app = chat();
  const names = [
    "",
    " ",
    "*",
    " * ",
    "a\u0000",
    "a\u202eb",
    "a\nb",
    "\u200b",
    "x".repeat(33),
    7,
    null,
  ];
  const bodies = [...names.map((name) => JSON.stringify({ name })), "{", "", "null", "[]", "7"];
  for (const body of bodies) {
    const response = await signIn(app, body);
    const { session } = await response.json();
    assertEquals([body, response.status, session], [body, 400, undefined]);
  }
  const large = await signIn(app, JSON.stringify({ name: "Jim", more: "x".repeat(2_000) }));
  assertEquals(large.status, 413);
  await large.body?.cancel();
});

test("examples, chat: a page of another site, whose name leads to this machine, gets nothing", async () => {
  const app = chat();
  for (const path of ["/", "/session", "/token"]) {
    const method = path === "/session" ? "POST" : "GET";
    const body = method === "POST" ? '{"name":"Jim"}' : undefined;
    const request = new Request(`http://evil.example:3000${path}`, { method, body });
    const response = await app.fetch(request);
    assertEquals([path, response.status, await response.text()], [path, 421, "Another host"]);
  }
  const page = await app.fetch(new Request(`${SITE}/`));
  assertEquals([page.status, page.headers.get("x-content-type-options")], [200, "nosniff"]);
  await page.body?.cancel();
});
