import { assert, assertEquals, test } from "../harness.ts";
import type { ClientOptions } from "../../src/client/client_options.ts";
import { Realtime } from "../../src/realtime/realtime.ts";
import { Rest } from "../../src/rest/rest.ts";
import { FakeClock } from "../../src/testing/clock/fake_clock.ts";
import { tokenEndpoint } from "../../src/token/mod.ts";
import { shown } from "../support/leaks.ts";
import { type Answer, fakeFetch, json, refusal } from "../support/fake_service.ts";

const SECRETS = {
  key: "key-s3cret",
  token: "token-s3cret",
  renewed: "renewed-s3cret",
  header: "header-s3cret",
  param: "param-s3cret",
};
const KEY = `app.key:${SECRETS.key}`;

// In the clear, and as the headers have them.
const SPELLINGS = Object.values(SECRETS).flatMap((secret) => [
  secret,
  btoa(secret),
  btoa(secret).replace(/=+$/, "").slice(0, -1),
  encodeURIComponent(secret),
]).concat(btoa(KEY), btoa(KEY).slice(0, -2));

function leaks(text: string): string[] {
  return SPELLINGS.filter((spelling) => text.includes(spelling));
}

const WAYS: Record<string, ClientOptions> = {
  "a key": { key: KEY },
  "a token": { token: SECRETS.token },
  "token details": { tokenDetails: { token: SECRETS.token, clientId: "jim" } },
  "a callback": { authCallback: () => SECRETS.token },
  "a callback that fails": { authCallback: () => Promise.reject(new Error("No")) },
  "an authUrl": {
    authUrl: "https://auth.example/token?own=param-s3cret",
    authHeaders: { "x-session": SECRETS.header },
    authParams: { session: SECRETS.param },
  },
  "an authUrl by POST": {
    authUrl: "https://auth.example/token",
    authMethod: "POST",
    authHeaders: { "x-session": SECRETS.header },
    authParams: { session: SECRETS.param },
  },
  "a key for tokens": { key: KEY, useTokenAuth: true, queryTime: true },
};

const MOODS: Record<string, Answer> = {
  "answers": ({ url }) => issue(url) ?? json([]),
  "refuses tokens": ({ url }) => issue(url) ?? refusal(40142, 401, "Token expired"),
  "refuses": () => refusal(40160, 401),
  "is broken": () => json({}, 500),
  "is away": ({ url }) => Promise.reject(new TypeError(`error sending request for url (${url})`)),
  "speaks otherwise": () => new Response("<html>", { headers: { "content-type": "text/html" } }),
};

function issue({ host, pathname }: URL): Response | undefined {
  if (pathname === "/time") return json([1]);
  if (host === "auth.example" || pathname.endsWith("/requestToken")) {
    return json({ token: SECRETS.renewed, issued: 1, expires: 2 });
  }
  return undefined;
}

for (const [way, means] of Object.entries(WAYS)) {
  for (const [mood, answer] of Object.entries(MOODS)) {
    test(`RSA: with ${way}, when the service ${mood}, nothing shows a key or a token`, async () => {
      const logged: string[] = [];
      const options: ClientOptions = {
        ...means,
        clock: new FakeClock(),
        fetch: fakeFetch(answer).fetch,
        addRequestIds: true,
        logLevel: "trace",
        logHandler: (message) => void logged.push(message),
      };
      const rest = new Rest(options);
      const realtime = new Realtime({ ...options, autoConnect: false });
      const calls: (() => Promise<unknown>)[] = [
        () => rest.request("GET", "/x?key=app.key:key-s3cret", 6),
        () => rest.channels.get("a").publish("name", "data"),
        () => rest.auth.requestToken(),
        () => rest.auth.revokeTokens({ type: "clientId", value: "x" }),
        () => rest.auth.authorize(),
        () => rest.channels.get("a").history(),
      ];
      const errors: unknown[] = [];
      for (const call of calls) await call().catch((error) => errors.push(error));
      assertEquals(leaks(logged.join("\n")), []);
      assert(logged.length > 0);
      for (const error of errors) assertEquals(leaks(shown(error)), []);
      for (const one of [rest, rest.auth, rest.channels, realtime, realtime.auth]) {
        assertEquals(leaks(shown(one)), []);
      }
      realtime.close();
    });
  }
}

test("tokenEndpoint: no answer shows the key", async () => {
  const handle = tokenEndpoint({
    key: KEY,
    authorize: () => {
      throw new Error(KEY);
    },
    onError: () => {},
  });
  for (const init of [{}, { method: "PUT" }, { method: "POST", body: "{" }]) {
    const response = await handle(new Request("https://example.com/", init));
    const headers = JSON.stringify([...response.headers]);
    assertEquals(leaks(headers + await response.text()), []);
  }
  assertEquals(leaks(shown(handle)), []);
});
