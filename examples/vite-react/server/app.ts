import { tokenEndpoint } from "@ably-edge/sdk/token";
import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { csrf } from "hono/csrf";
import { sign, verify } from "hono/jwt";
import { timingSafeEqual } from "hono/utils/buffer";

/** The address of the service, as options of a client. It is empty for Ably itself. */
export interface Service {
  endpoint?: string;
  port?: number;
  tls?: boolean;
}

/** The configuration. The key and the secrets stay on the server. */
export interface Config {
  /** The API key, `appId.keyId:secret`. Pages get tokens. */
  key: string;
  /** The password of all users: at least 12 characters. */
  password: string;
  /** Signs the session cookies: at least 32 characters. */
  secret: string;
  service: Service;
}

/** The answer to a page whose user is signed in. */
export interface SignedIn {
  user: string;
  service: Service;
}

const MIN_PASSWORD = 12;
const MIN_SECRET = 32;
const MAX_FORM = 1024;
const SESSION_SECONDS = 12 * 60 * 60;
const TOKEN_LIFETIME = 30 * 60 * 1000;

// A token for `*` would be valid for any name.
const SAFE_NAME = /^[A-Za-z0-9_-]{1,32}$/;

/**
 * Reads the configuration from the environment.
 *
 * @throws {Error} If a variable is missing or too short. There are no defaults, because everyone could read them here.
 */
export function readConfig(env: Record<string, string | undefined>): Config {
  const required = (name: string, length = 1) => {
    const value = env[name] ?? "";
    if (value.length >= length) return value;
    throw new Error(`${name} is not set, or has fewer than ${length} characters: see .env.example`);
  };
  const { ABLY_ENDPOINT: endpoint, ABLY_PORT: port } = env;
  return {
    key: required("ABLY_API_KEY"),
    password: required("DEMO_PASSWORD", MIN_PASSWORD),
    secret: required("SESSION_SECRET", MIN_SECRET),
    // For a local service on this machine.
    service: endpoint ? { endpoint, port: Number(port), tls: false } : {},
  };
}

/**
 * Makes the server: `POST /api/session` signs in, `GET` returns the user or null, `DELETE` signs out, and `/api/token` is the `authUrl` of
 * the page's client.
 */
export function createApp({ key, password, secret, service }: Config): Hono {
  const userOf = async (c: Context): Promise<string | undefined> => {
    try {
      return (await verify(getCookie(c, "session") ?? "", secret, "HS256")).sub as string;
    } catch {
      return undefined; // The session has expired, or its signature is not ours.
    }
  };
  const issueToken = tokenEndpoint({
    key,
    async authorize(_request, _requested, c: Context) {
      const user = await userOf(c);
      if (user === undefined) return c.json({ error: "Sign in first" }, 401);
      return {
        clientId: user,
        capability: { lobby: ["subscribe", "publish", "presence"] },
        ttl: TOKEN_LIFETIME,
      };
    },
  });

  const app = new Hono().basePath("/api");
  app.use("/session", csrf(), bodyLimit({ maxSize: MAX_FORM }));
  app.post("/session", async (c) => {
    const { user, password: given } = await c.req.json().catch(() => null) ?? {};
    if (typeof given !== "string" || !await timingSafeEqual(given, password)) {
      return c.json({ error: "Wrong password" }, 401);
    }
    if (typeof user !== "string" || !SAFE_NAME.test(user)) {
      return c.json({ error: "A name has up to 32 letters, digits, - and _" }, 400);
    }
    const exp = Math.floor(Date.now() / 1000) + SESSION_SECONDS;
    setCookie(c, "session", await sign({ sub: user, exp }, secret, "HS256"), {
      httpOnly: true,
      secure: true,
      sameSite: "Strict",
      maxAge: SESSION_SECONDS,
    });
    return c.json({ user, service } satisfies SignedIn);
  });
  app.get("/session", async (c) => {
    const user = await userOf(c);
    return c.json(user === undefined ? null : { user, service } satisfies SignedIn);
  });
  app.delete("/session", (c) => {
    deleteCookie(c, "session", { secure: true });
    return c.body(null, 204);
  });
  app.all("/token", (c) => issueToken(c.req.raw, c));
  return app;
}
