import { tokenEndpoint } from "@ably-edge/sdk/token";
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
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
  /**
   * The hosts that it is reached under, such as `127.0.0.1:3000`. Others are refused: a page of another site, whose name
   * leads to this machine, could otherwise sign in and get a token. Left out, any host is taken.
   */
  hosts?: readonly string[];
}

const MAX_NAME = 32;
const MAX_FORM = 1024;
const MAX_SESSIONS = 10_000;
const SESSION_LIFETIME = 24 * 60 * 60 * 1000;
const TOKEN_LIFETIME = 30 * 60 * 1000;

/** Makes the app: the page, signing in at `POST /session`, and tokens for those who have, from `/token`. */
export function createApp({ key, service, files, hosts }: Config): Hono {
  // Anyone may be anyone here. Yours has passwords, and sessions that outlive the process.
  const sessions = new Map<string, { user: string; expires: number }>();
  const issueToken = tokenEndpoint({
    key,
    authorize(request) {
      const session = sessions.get(request.headers.get("x-session") ?? "");
      if (session === undefined || session.expires <= Date.now()) {
        return Response.json({ error: "Sign in first" }, { status: 401 });
      }
      return {
        clientId: session.user,
        capability: { "chat:*": ["publish", "subscribe", "presence", "history"] },
        ttl: TOKEN_LIFETIME,
      };
    },
  });

  const app = new Hono();
  app.use(async (c, next) => {
    if (hosts && !hosts.includes(new URL(c.req.url).host)) c.res = c.text("Another host", 421);
    else await next();
    c.header("content-security-policy", securityPolicy(service));
    c.header("x-content-type-options", "nosniff");
    c.header("referrer-policy", "no-referrer"); // The address has the key of the room in it.
  });
  app.get("/", (c) => c.html(files.html));
  app.get("/style.css", (c) => c.body(files.css, 200, { "content-type": "text/css" }));
  app.get("/chat.js", (c) => c.body(files.script, 200, { "content-type": "text/javascript" }));
  app.post("/session", bodyLimit({ maxSize: MAX_FORM }), async (c) => {
    const user = nameIn(await c.req.json().catch(() => null));
    if (user === undefined) {
      return c.json({ error: `A name has 1 to ${MAX_NAME} visible characters, and is not *` }, 400);
    }
    const session = crypto.randomUUID();
    sessions.set(session, { user, expires: Date.now() + SESSION_LIFETIME });
    if (sessions.size > MAX_SESSIONS) sessions.delete([...sessions.keys()][0]!);
    return c.json({ session, user, service } satisfies SignedIn);
  });
  app.all("/token", (c) => issueToken(c.req.raw));
  return app;
}

/** The name in what was sent. Characters that are not seen could make one name look like another. */
function nameIn(form: { name?: unknown } | null): string | undefined {
  const name = typeof form?.name === "string" ? form.name.trim() : "";
  const isFit = name !== "" && name !== "*" && name.length <= MAX_NAME && !/\p{C}/u.test(name);
  return isFit ? name : undefined;
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
