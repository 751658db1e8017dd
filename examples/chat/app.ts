import { tokenEndpoint } from "@ably-edge/sdk/token";
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { Service, SignedIn } from "./page/signed_in.ts";
import type { PageFiles } from "./page_files.ts";

/** The configuration and the files of the app. */
export interface Config {
  /** The API key. It stays on the server; pages get tokens. */
  key: string;
  /** The address of the service. */
  service: Service;
  /** The files that the browser loads. */
  files: PageFiles;
  /**
   * The hosts that the app accepts, such as `127.0.0.1:3000`. It refuses others: another site could point its name at this
   * machine, and its page could then sign in and get a token. Default: any host.
   */
  hosts?: readonly string[];
}

const MAX_NAME = 32;
const MAX_FORM = 1024;
const MAX_SESSIONS = 10_000;
const SESSION_LIFETIME = 24 * 60 * 60 * 1000;
const TOKEN_LIFETIME = 30 * 60 * 1000;

/** Makes the app: the page, the sign-in at `POST /session`, and tokens for signed-in users at `/token`. */
export function createApp({ key, service, files, hosts }: Config): Hono {
  // Anyone may use any name here. Add passwords, and sessions that outlive the process.
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
    c.header("referrer-policy", "no-referrer"); // The address contains the key of the room.
  });
  app.get("/", (c) => c.html(files.html));
  app.get("/style.css", (c) => c.body(files.css, 200, { "content-type": "text/css" }));
  app.get("/chat.js", (c) => c.body(files.script, 200, { "content-type": "text/javascript" }));
  app.post("/session", bodyLimit({ maxSize: MAX_FORM }), async (c) => {
    const user = nameIn(await c.req.json().catch(() => null));
    if (user === undefined) {
      return c.json({
        error: `A name must have 1 to ${MAX_NAME} visible characters and must not be *`,
      }, 400);
    }
    const session = crypto.randomUUID();
    sessions.set(session, { user, expires: Date.now() + SESSION_LIFETIME });
    if (sessions.size > MAX_SESSIONS) sessions.delete([...sessions.keys()][0]!);
    return c.json({ session, user, service } satisfies SignedIn);
  });
  app.all("/token", (c) => issueToken(c.req.raw));
  return app;
}

/** The name in the form, if it is valid. Invisible characters could make one name look like another. */
function nameIn(form: { name?: unknown } | null): string | undefined {
  const name = typeof form?.name === "string" ? form.name.trim() : "";
  const isFit = name !== "" && name !== "*" && name.length <= MAX_NAME && !/\p{C}/u.test(name);
  return isFit ? name : undefined;
}

/** Permits the page only to load its own files and to connect to the service. */
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
