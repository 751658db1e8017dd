/**
 * A Worker that receives Ably's webhooks and keeps the latest message of each channel in a KV namespace:
 * `POST /webhook` is for Ably, `GET /latest/<channel>` for everyone else.
 */
import { type WebhookEvent, webhookHandler } from "@ably-edge/sdk/webhooks";

export interface Env {
  /** The API key that the integration rule signs with: `wrangler secret put ABLY_API_KEY`. */
  ABLY_API_KEY: string;
  /** The key that was used before, while the rule changes over to a new one. */
  OLD_ABLY_API_KEY?: string;
  LATEST: Storage;
}

/** What this Worker uses of a KV namespace. */
export interface Storage {
  get(name: string): Promise<string | null>;
  put(name: string, value: string): Promise<void>;
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === "/webhook") return await receive(request, env);
    if (pathname.startsWith("/latest/")) return await latest(pathname, env);
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
      // What Ably tries again, or anyone who has a copy sends again, is as well signed as what is new.
      const stored = await storage.get(event.channel);
      if (stored !== null && JSON.parse(stored).timestamp > timestamp) break;
      await storage.put(event.channel, JSON.stringify({ name, data, clientId, timestamp }));
      break;
    }
    case "channel.lifecycle":
      console.log(event.name, event.channel);
      break;
    default:
      break;
  }
}

async function latest(pathname: string, { LATEST }: Env): Promise<Response> {
  const channel = decoded(pathname.slice("/latest/".length));
  if (!channel) return new Response("Not found", { status: 404 });
  const message = await LATEST.get(channel);
  if (message === null) return new Response("No message yet", { status: 404 });
  return new Response(message, { headers: { "content-type": "application/json" } });
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
