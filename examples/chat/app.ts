import { tokenEndpoint } from "@ably-edge/sdk/token";
import { Hono } from "hono";
import type { Service, SignedIn } from "./page/signed_in.ts";
import type { PageFiles } from "./page_files.ts";

/** What the app is made of. */
export interface Config {
  /** The API key. It stays here: pages get tokens. */
  key: string;
  /** Where the service is. */
  service: Service;
  /** What the browser loads. */
  files: PageFiles;
}

const MAX_NAME = 32;
const TOKEN_LIFETIME = 30 * 60 * 1000;

/** Makes the app: the page, signing in at `POST /session`, and tokens for those who have, from `/token`. */
export function createApp({ key, service, files }: Config): Hono {
  // Anyone may be anyone here. Yours has passwords, and sessions that outlive the process.
  const users = new Map<string, string>();
  const issueToken = tokenEndpoint({
    key,
    authorize(request) {
      const user = users.get(request.headers.get("x-session") ?? "");
      if (user === undefined) return Response.json({ error: "Sign in first" }, { status: 401 });
      return {
        clientId: user,
        capability: { "chat:*": ["publish", "subscribe", "presence", "history"] },
        ttl: TOKEN_LIFETIME,
      };
    },
  });

  const app = new Hono();
  app.use(async (c, next) => {
    await next();
    c.header("content-security-policy", securityPolicy(service));
    c.header("referrer-policy", "no-referrer"); // The address has the key of the room in it.
  });
  app.get("/", (c) => c.html(files.html));
  app.get("/style.css", (c) => c.body(files.css, 200, { "content-type": "text/css" }));
  app.get("/chat.js", (c) => c.body(files.script, 200, { "content-type": "text/javascript" }));
  app.post("/session", async (c) => {
    const { name } = await c.req.json<{ name?: unknown }>();
    const user = typeof name === "string" ? name.trim() : "";
    if (user === "" || user === "*" || user.length > MAX_NAME) {
      return c.json({ error: `A name has 1 to ${MAX_NAME} characters, and is not *` }, 400);
    }
    const session = crypto.randomUUID();
    users.set(session, user);
    return c.json({ session, user, service } satisfies SignedIn);
  });
  app.all("/token", (c) => issueToken(c.req.raw));
  return app;
}

/** Lets the page load what is its own, and talk to the service, and nothing else. */
function securityPolicy({ endpoint, port, tls }: Service): string {
  const secure = tls === false ? "" : "s";
  const hosts = endpoint === undefined
    ? ["*.ably.net", "*.ably-realtime.com"]
    : [port === undefined ? endpoint : `${endpoint}:${port}`];
  const sources = hosts.flatMap((host) => [`http${secure}://${host}`, `ws${secure}://${host}`]);
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src data:",
    `connect-src 'self' ${sources.join(" ")}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}
