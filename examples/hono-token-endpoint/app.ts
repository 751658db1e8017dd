import { tokenEndpoint } from "@ably-edge/sdk/token";
import { Hono } from "hono";
import { setCookie } from "hono/cookie";
import { csrf } from "hono/csrf";
import { type Sessions, signIn } from "./sessions.ts";

/** What the app needs of where it runs. */
export interface Config {
  /** The API key, `appId.keyId:secret`. It stays here: clients get tokens. */
  ABLY_API_KEY: string;
  /** The origin of the pages that use it, if that is another one, such as `https://app.example.com`. */
  APP_ORIGIN?: string;
}

/**
 * Makes the app: `POST /session` signs in, and `/token` is the `authUrl` of the Ably clients of those who are signed in.
 *
 * @param config The key, and who may ask.
 * @param sessions Who is signed in.
 */
export function createApp(config: Config, sessions: Sessions): Hono {
  const issueToken = tokenEndpoint({
    key: config.ABLY_API_KEY,
    origins: config.APP_ORIGIN ? [config.APP_ORIGIN] : [],
    authorize(request) {
      const user = sessions.userOf(cookieOf(request));
      if (user === undefined) return Response.json({ error: "Sign in first" }, { status: 401 });
      return {
        clientId: user,
        capability: {
          [`inbox:${user}`]: ["subscribe"],
          "lobby": ["subscribe", "publish", "history"],
        },
        ttl: 30 * 60 * 1000,
      };
    },
  });

  const app = new Hono();
  app.use("/session", csrf()); // A form on another site could sign its visitors in as somebody else.
  app.post("/session", async (c) => {
    const user = signIn(await c.req.json().catch(() => null));
    if (user === undefined) return c.json({ error: "Wrong name or password" }, 401);
    setCookie(c, "session", sessions.begin(user), {
      httpOnly: true,
      secure: true,
      sameSite: "Lax",
    });
    return c.json({ user });
  });
  app.all("/token", (c) => issueToken(c.req.raw));
  return app;
}

function cookieOf(request: Request): string | undefined {
  return /(?:^|;\s*)session=([^;]+)/.exec(request.headers.get("cookie") ?? "")?.[1];
}
