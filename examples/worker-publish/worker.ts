/**
 * A Worker that responds at once and publishes afterwards: `ctx.waitUntil` keeps it alive until Ably has the message.
 *
 * `wrangler secret put ABLY_API_KEY`, `wrangler secret put ORDER_TOKEN`, then `wrangler deploy`.
 *
 * It accepts orders of at most 1000 bytes from clients that send `ORDER_TOKEN` as `Authorization: Bearer …`. The token is for
 * a server of yours; for pages, check the session of the user instead. The text of an order is published unchanged, so treat
 * it as untrusted text wherever you show it.
 */
import { Rest } from "@ably-edge/sdk/rest";

export interface Env {
  /** The API key, or one that may only publish to `orders`. */
  ABLY_API_KEY: string;
  /** A long random secret that callers send. Without it, all callers are refused. */
  ORDER_TOKEN?: string;
}

/** The part of the execution context that this Worker uses. */
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

/** Announces an order. The response has been sent by then, so a failure appears only in the log. */
async function announce(rest: Rest, order: { id: string; item: string }): Promise<void> {
  try {
    await rest.channels.get("orders").publish("placed", order);
  } catch (error) {
    console.error("The order was not announced:", error);
  }
}

/** Reads the body as text; returns undefined, and stops reading, if it has more bytes than the limit. */
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
