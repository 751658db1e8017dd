import { createApp, readConfig } from "../../examples/vite-react/server/app.ts";
import { assert, assertEquals, assertThrows, test } from "../harness.ts";

const SITE = "https://app.example.com";
const PASSWORD = "the password of this test";
const ENV = {
  ABLY_API_KEY: "app.key:secret",
  DEMO_PASSWORD: PASSWORD,
  SESSION_SECRET: "the secret of the sessions, of 40 letters",
};

type App = ReturnType<typeof createApp>;

function signIn(app: App, form: unknown, headers: Record<string, string> = {}) {
  const body = typeof form === "string" ? form : JSON.stringify(form);
  const all = { "content-type": "application/json", ...headers };
  return app.request(`${SITE}/api/session`, { method: "POST", body, headers: all });
}

async function statusAndError(response: Response): Promise<unknown[]> {
  return [response.status, (await response.json()).error];
}

function tokenFor(app: App, cookie: string, query = ""): Response | Promise<Response> {
  return app.request(`${SITE}/api/token${query}`, { headers: { cookie } });
}

test("examples, vite-react: a signed-in user gets a token for the lobby under their own name, and no more", async () => {
  const app = createApp(readConfig(ENV));
  const signedIn = await signIn(app, { user: "ann", password: PASSWORD });
  assertEquals(await signedIn.json(), { user: "ann", service: {} });
  const cookie = signedIn.headers.get("set-cookie")!;
  for (const part of ["HttpOnly", "Secure", "SameSite=Strict", "Max-Age=43200"]) {
    assert(cookie.includes(part), part);
  }
  const session = cookie.split(";")[0]!;
  const asked = `?clientId=bob&capability=${encodeURIComponent('{"*":["*"]}')}&ttl=86400000`;
  const token = await (await tokenFor(app, session, asked)).text();
  const claims = JSON.parse(atob(token.split(".")[1]!));
  assertEquals(claims["x-ably-clientId"], "ann");
  assertEquals(JSON.parse(claims["x-ably-capability"]), {
    lobby: ["presence", "publish", "subscribe"],
  });
  assertEquals(claims.exp - claims.iat, 30 * 60);
  const shown = await app.request(`${SITE}/api/session`, { headers: { cookie: session } });
  assertEquals(await shown.json(), { user: "ann", service: {} });
});

test("examples, vite-react: refuses wrong passwords, unsafe names and forms of other sites", async () => {
  const app = createApp(readConfig(ENV));
  const wrong = [401, "Wrong password"];
  for (
    const password of ["", "the password of this tesT", undefined, { length: 25 }, [PASSWORD]]
  ) {
    assertEquals(await statusAndError(await signIn(app, { user: "ann", password })), wrong);
  }
  for (const form of ["", "null", "[]", '"ann"', "{"]) {
    assertEquals(await statusAndError(await signIn(app, form)), wrong);
  }
  for (const user of ["*", "a*", "a:b", "", " ann", "a\n", "é", "x".repeat(33), null, {}]) {
    const response = await signIn(app, { user, password: PASSWORD });
    assertEquals(response.status, 400, String(user));
    await response.body?.cancel();
  }
  const foreign = { "content-type": "text/plain", "origin": "https://evil.example" };
  const forged = await signIn(app, { user: "eve", password: PASSWORD }, foreign);
  assertEquals([forged.status, forged.headers.get("set-cookie")], [403, null]);
  await forged.body?.cancel();
  const long = await signIn(app, { user: "ann", password: "x".repeat(2000) });
  assertEquals(long.status, 413);
  await long.body?.cancel();
});

test("examples, vite-react: a session that is missing, changed, unsigned or of another secret gives no token", async () => {
  const app = createApp(readConfig(ENV));
  const other = createApp(
    readConfig({ ...ENV, SESSION_SECRET: "another secret, also of 40 characters..." }),
  );
  const sessionOf = async (app: App) => {
    const response = await signIn(app, { user: "ann", password: PASSWORD });
    await response.body?.cancel();
    return response.headers.get("set-cookie")!.split(";")[0]!;
  };
  const own = await sessionOf(app);
  const [head, claims, signature] = own.split(".");
  const unsigned = `session=${btoa('{"alg":"none","typ":"JWT"}').replaceAll("=", "")}`;
  const bob = btoa('{"sub":"bob","exp":9999999999}').replaceAll("=", "");
  for (
    const cookie of [
      "",
      "session=",
      `${head}.${bob}.${signature}`,
      `${unsigned}.${claims}.`,
      `${unsigned}.${bob}.${signature}`,
      await sessionOf(other),
    ]
  ) {
    assertEquals(await statusAndError(await tokenFor(app, cookie)), [401, "Sign in first"], cookie);
  }
  assertEquals((await tokenFor(app, own)).status, 200);
});

test("examples, vite-react: does not start without its key and secrets", () => {
  for (const name of Object.keys(ENV)) {
    assertThrows(() => readConfig({ ...ENV, [name]: undefined }), Error, name);
    assertThrows(() => readConfig({ ...ENV, [name]: "" }), Error, name);
  }
  assertThrows(() => readConfig({ ...ENV, DEMO_PASSWORD: "hunter2" }), Error, "DEMO_PASSWORD");
});
