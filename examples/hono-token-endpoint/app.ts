import { tokenEndpoint } from "@ably-edge/sdk/token";
import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { csrf } from "hono/csrf";
import { type Sessions, signIn } from "./sessions.ts";

/** The configuration, from the environment. */
export interface Config {
  /** The API key, `appId.keyId:secret`. It stays on the server; clients get tokens. */
  ABLY_API_KEY: string;
  /** The password of the only user, jim: at least 12 characters. */
  DEMO_PASSWORD: string;
  /** The origin of the pages that use the app, if they have another origin, such as `https://app.example.com`. */
  APP_ORIGIN?: string;
}

const TOKEN_LIFETIME = 30 * 60 * 1000;
const MIN_PASSWORD = 12;
const MAX_FORM = 4096;

// A name with `*` would give access to the inboxes of others, and a token for `*` is valid for any clientId.
const SAFE_NAME = /^[A-Za-z0-9_-]{1,64}$/;

/**
 * Makes the app: `POST /session` signs in, `DELETE /session` signs out, and `/token` is the `authUrl` of the users' Ably
 * clients.
 *
 * @param config The key, the password and the origin of the pages.
 * @param sessions The sessions of signed-in users.
 * @throws {Error} Without a password of 12 characters. There is no default, because everyone could read it here.
 */
export function createApp(config: Config, sessions: Sessions): Hono {
  if (!(config.DEMO_PASSWORD?.length >= MIN_PASSWORD)) {
    throw new Error(`DEMO_PASSWORD is not set, or has fewer than ${MIN_PASSWORD} characters`);
  }
  const issueToken = tokenEndpoint({
    key: config.ABLY_API_KEY,
    origins: config.APP_ORIGIN ? [config.APP_ORIGIN] : [],
    authorize(_request, _requested, c: Context) {
      const session = sessions.find(getCookie(c, "session"));
      if (session === undefined) return Response.json({ error: "Sign in first" }, { status: 401 });
      const { user, expires } = session;
      if (!SAFE_NAME.test(user)) return null;
      return {
        clientId: user,
        capability: {
          [`inbox:${user}`]: ["subscribe"],
          "lobby": ["subscribe", "publish", "history"],
        },
        // Not longer than the session, but at least a minute, so that a token is always useful.
        ttl: Math.max(60_000, Math.min(TOKEN_LIFETIME, expires - Date.now())),
      };
    },
  });

  const app = new Hono();
  app.use("/session", csrf()); // Otherwise a form on another site could sign its visitors in under another name.
  app.use("/session", bodyLimit({ maxSize: MAX_FORM }));
  app.post("/session", async (c) => {
    const user = await signIn(await c.req.json().catch(() => null), config.DEMO_PASSWORD);
    if (user === undefined) return c.json({ error: "Wrong name or password" }, 401);
    setCookie(c, "session", sessions.begin(user), {
      httpOnly: true,
      secure: true,
      sameSite: "Lax",
    });
    return c.json({ user });
  });
  app.delete("/session", (c) => {
    sessions.end(getCookie(c, "session"));
    deleteCookie(c, "session", { secure: true });
    return c.body(null, 204);
  });
  app.all("/token", (c) => issueToken(c.req.raw, c));
  return app;
}
