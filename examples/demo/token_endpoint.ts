import { tokenEndpoint } from "@ably-edge/sdk/token";
import { Hono } from "hono";

/** A running server for token requests. */
export interface TokenServer extends AsyncDisposable {
  url: string;
  /** The session of the only user, random for each run, so that other programs and pages cannot guess it. */
  session: string;
}

/** Serves token requests, signed with the key, so that users do not need the key. */
export function serveTokens(key: string): TokenServer {
  const session: string = crypto.randomUUID();
  // Users by session. In your app, the session may be in a cookie or in the token of an identity provider.
  const sessions = new Map([[session, "jim"]]);
  const issueToken = tokenEndpoint({
    key,
    format: "tokenRequest",
    authorize(request) {
      const user = sessions.get(request.headers.get("x-session") ?? "");
      if (user === undefined) return null;
      return {
        clientId: user,
        capability: { "demo:*": ["subscribe", "publish", "history"] },
        ttl: 60_000,
      };
    },
  });
  const app = new Hono().all("/token", (c) => issueToken(c.req.raw));
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, app.fetch);
  return {
    session,
    url: `http://127.0.0.1:${server.addr.port}/token`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
