/**
 * A Worker that answers at once and publishes afterwards: `ctx.waitUntil` keeps it alive until Ably has the message.
 *
 * `wrangler secret put ABLY_API_KEY`, then `wrangler deploy`.
 */
import { Rest } from "@ably-edge/sdk/rest";

export interface Env {
  /** The API key, or one that may only publish to `orders`. */
  ABLY_API_KEY: string;
}

/** What this Worker uses of the execution context. */
export interface Context {
  waitUntil(promise: Promise<unknown>): void;
}

let rest: Rest | undefined;

export default {
  async fetch(request: Request, env: Env, context: Context): Promise<Response> {
    if (request.method !== "POST") return new Response("POST an order", { status: 405 });
    const order = { id: crypto.randomUUID(), item: await request.text() };
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
