/**
 * A Worker that receives Ably's webhooks and keeps the latest message of each channel in a KV namespace:
 * `POST /webhook` is for Ably, `GET /latest/<channel>` for clients with `READ_TOKEN`.
 */
import { type WebhookEvent, webhookHandler } from "@ably-edge/sdk/webhooks";

export interface Env {
  /** The API key that the integration rule signs with: `wrangler secret put ABLY_API_KEY`. */
  ABLY_API_KEY: string;
  /** The previous key, while the rule changes to a new one. */
  OLD_ABLY_API_KEY?: string;
  /** A long random secret that readers send. Without it, all readers are refused. */
  READ_TOKEN?: string;
  LATEST: Storage;
}

/** The part of a KV namespace that this Worker uses. */
export interface Storage {
  get(name: string): Promise<string | null>;
  put(name: string, value: string): Promise<void>;
}

/** The longest key that KV takes, in bytes. */
const MAX_KEY = 512;

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === "/webhook") return await receive(request, env);
    if (pathname.startsWith("/latest/")) return await latest(request, env);
    return new Response("Not found", { status: 404 });
  },
};

function receive(
  request: Request,
  { ABLY_API_KEY, OLD_ABLY_API_KEY, LATEST }: Env,
): Promise<Response> {
  const key = OLD_ABLY_API_KEY === undefined ? ABLY_API_KEY : [ABLY_API_KEY, OLD_ABLY_API_KEY];
  return webhookHandler({ key }, (event) => store(event, LATEST))(request);
}

async function store(event: WebhookEvent, storage: Storage): Promise<void> {
  switch (event.kind) {
    case "message": {
      const { name, data, clientId, timestamp = 0 } = event.message;
      const key = storageKey(event.channel);
      if (key === undefined) break;
      // A delivery that Ably retries, or a copy from someone else, has a valid signature too.
      const stored = await storage.get(key);
      if (stored !== null && JSON.parse(stored).timestamp > timestamp) break;
      await storage.put(key, JSON.stringify({ name, data, clientId, timestamp }));
      break;
    }
    case "channel.lifecycle":
      console.log(event.name, JSON.stringify(event.channel)); // Quoted: clients choose channel names.
      break;
    default:
      break;
  }
}

/**
 * The KV key for the message of a channel, with a prefix, because KV refuses the keys `.` and `..`. Undefined if the name is
 * too long for KV: an error instead would make Ably repeat the whole delivery again and again.
 */
function storageKey(channel: string): string | undefined {
  const key = `channel:${channel}`;
  return new TextEncoder().encode(key).length <= MAX_KEY ? key : undefined;
}

async function latest(request: Request, { LATEST, READ_TOKEN }: Env): Promise<Response> {
  if (request.method !== "GET") return new Response("Use GET", { status: 405 });
  if (!await isAdmitted(request, READ_TOKEN)) return new Response("No", { status: 401 });
  const channel = decoded(new URL(request.url).pathname.slice("/latest/".length));
  const key = channel ? storageKey(channel) : undefined;
  if (key === undefined) return new Response("Not found", { status: 404 });
  const message = await LATEST.get(key);
  if (message === null) return new Response("No message yet", { status: 404 });
  return new Response(message, {
    headers: {
      "content-type": "application/json",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
    },
  });
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** Whether a request has the secret. Without a configured secret, every request is refused. */
async function isAdmitted({ headers }: Request, secret: string | undefined): Promise<boolean> {
  const given = /^Bearer (\S+)$/.exec(headers.get("authorization") ?? "")?.[1];
  if (!secret || given === undefined) return false;
  // Compares hashes made with a random key, so that the time does not reveal how much of the secret is right.
  const encoder = new TextEncoder();
  const random = crypto.getRandomValues(new Uint8Array(32));
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", random, algorithm, false, ["sign", "verify"]);
  const mac = await crypto.subtle.sign("HMAC", key, encoder.encode(secret));
  return await crypto.subtle.verify("HMAC", key, mac, encoder.encode(given));
}
