/**
 * A Worker that answers at once and publishes afterwards: `ctx.waitUntil` keeps it alive until Ably has the message.
 *
 * `wrangler secret put ABLY_API_KEY`, `wrangler secret put ORDER_TOKEN`, then `wrangler deploy`.
 *
 * It takes orders of those who send `ORDER_TOKEN` as `Authorization: Bearer …`, of 1000 bytes at most. The token is for a
 * server of yours; pages have users instead, whose sessions you check here. What is in an order is published as it comes:
 * whoever shows it has to treat it as text of a stranger.
 */
import { Rest } from "@ably-edge/sdk/rest";

export interface Env {
  /** The API key, or one that may only publish to `orders`. */
  ABLY_API_KEY: string;
  /** A long random secret that callers send. Without it, all are refused. */
  ORDER_TOKEN?: string;
}

/** What this Worker uses of the execution context. */
export interface Context {
  waitUntil(promise: Promise<unknown>): void;
}

const MAX_ORDER = 1000;

let rest: Rest | undefined;

export default {
  async fetch(request: Request, env: Env, context: Context): Promise<Response> {
    if (request.method !== "POST") return new Response("POST an order", { status: 405 });
    if (!await isAdmitted(request, env.ORDER_TOKEN)) return new Response("No", { status: 401 });
    const item = await readText(request, MAX_ORDER);
    if (item === undefined) return new Response("Too long", { status: 413 });
    const order = { id: crypto.randomUUID(), item };
    // A REST client holds no connection, so one serves all requests of the isolate.
    rest ??= new Rest(env.ABLY_API_KEY);
    context.waitUntil(announce(rest, order));
    return Response.json(order, { status: 202 });
  },
};

/** Tells of an order. Nobody waits for this, so what fails here is only seen in the log. */
async function announce(rest: Rest, order: { id: string; item: string }): Promise<void> {
  try {
    await rest.channels.get("orders").publish("placed", order);
  } catch (error) {
    console.error("The order was not announced:", error);
  }
}

/** The body as text; nothing if it is longer than so many bytes, of which no more are read. */
async function readText({ body }: Request, limit: number): Promise<string | undefined> {
  const decoder = new TextDecoder();
  let text = "";
  let length = 0;
  for await (const chunk of body ?? []) {
    length += chunk.length;
    if (length > limit) return undefined;
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** Tells whether a request has the secret. If there is no secret, no request has it. */
async function isAdmitted({ headers }: Request, secret: string | undefined): Promise<boolean> {
  const given = /^Bearer (\S+)$/.exec(headers.get("authorization") ?? "")?.[1];
  if (!secret || given === undefined) return false;
  // Compared by hashes with an unknown key, so that the time it takes does not tell how much of it is right.
  const encoder = new TextEncoder();
  const random = crypto.getRandomValues(new Uint8Array(32));
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", random, algorithm, false, ["sign", "verify"]);
  const mac = await crypto.subtle.sign("HMAC", key, encoder.encode(secret));
  return await crypto.subtle.verify("HMAC", key, mac, encoder.encode(given));
}
