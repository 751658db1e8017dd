import { tokenEndpoint } from "@ably-edge/sdk/token";
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { csrf } from "hono/csrf";
import { type Sessions, signIn } from "./sessions.ts";

/** What the app needs of where it runs. */
export interface Config {
  /** The API key, `appId.keyId:secret`. It stays here: clients get tokens. */
  ABLY_API_KEY: string;
  /** The password of the only user, jim: 12 characters at least. */
  DEMO_PASSWORD: string;
  /** The origin of the pages that use it, if that is another one, such as `https://app.example.com`. */
  APP_ORIGIN?: string;
}

const TOKEN_LIFETIME = 30 * 60 * 1000;
const MIN_PASSWORD = 12;
const MAX_FORM = 4096;

// A name with `*` in it would permit the inboxes of others, and as a clientId the token would be for anyone.
const SAFE_NAME = /^[A-Za-z0-9_-]{1,64}$/;

/**
 * Makes the app: `POST /session` signs in, `DELETE /session` out, and `/token` is the `authUrl` of the Ably clients of those who are signed in.
 *
 * @param config The key, and who may ask.
 * @param sessions Who is signed in.
 * @throws {Error} Without a password. A default would stand here for everybody to read.
 */
export function createApp(config: Config, sessions: Sessions): Hono {
  if (!(config.DEMO_PASSWORD?.length >= MIN_PASSWORD)) {
    throw new Error(`DEMO_PASSWORD is not set, or has less than ${MIN_PASSWORD} characters`);
  }
  const issueToken = tokenEndpoint({
    key: config.ABLY_API_KEY,
    origins: config.APP_ORIGIN ? [config.APP_ORIGIN] : [],
    authorize(request) {
      const session = sessions.find(cookieOf(request));
      if (session === undefined) return Response.json({ error: "Sign in first" }, { status: 401 });
      const { user, expires } = session;
      if (!SAFE_NAME.test(user)) return null;
      return {
        clientId: user,
        capability: {
          [`inbox:${user}`]: ["subscribe"],
          "lobby": ["subscribe", "publish", "history"],
        },
        // Not longer than the session, but for a minute: what is just asked for shall be of use.
        ttl: Math.max(60_000, Math.min(TOKEN_LIFETIME, expires - Date.now())),
      };
    },
  });

  const app = new Hono();
  app.use("/session", csrf()); // A form on another site could sign its visitors in as somebody else.
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
  app.all("/token", (c) => issueToken(c.req.raw));
  return app;
}

function cookieOf(request: Request): string | undefined {
  return /(?:^|;\s*)session=([^;]+)/.exec(request.headers.get("cookie") ?? "")?.[1];
}
