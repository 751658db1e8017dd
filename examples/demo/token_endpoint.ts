import { tokenEndpoint } from "@ably-edge/sdk/token";
import { Hono } from "hono";

/** Who is signed in, by session. Yours is in a cookie, or in the token of an identity provider. */
const SESSIONS = new Map([["session-of-jim", "jim"]]);

/** A server for token requests, with its address. */
export interface TokenServer extends AsyncDisposable {
  url: string;
}

/** Serves token requests: they are signed with the key, so that the users need not know it. */
export function serveTokens(key: string): TokenServer {
  const issueToken = tokenEndpoint({
    key,
    format: "tokenRequest",
    authorize(request) {
      const user = SESSIONS.get(request.headers.get("x-session") ?? "");
      if (user === undefined) return null;
      return { clientId: user, capability: { "demo:*": ["subscribe", "publish", "history"] } };
    },
  });
  const app = new Hono().all("/token", (c) => issueToken(c.req.raw));
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, app.fetch);
  return {
    url: `http://127.0.0.1:${server.addr.port}/token`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
