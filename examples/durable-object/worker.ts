/**
 * A Durable Object that subscribes to a channel and counts votes: `POST /follow` starts, `GET /` returns the counts,
 * `POST /stop` stops.
 *
 * Lifetime and billing: a Durable Object hibernates only while it has no outgoing connection. As long as the client is
 * connected, the object stays in memory and its duration is billed, day and night, even if no messages arrive. So call
 * `stop` as soon as you can. A deployment, a crash or a move to another machine ends the object without notice. Its counts
 * are in its storage, but you have to call `follow` again.
 *
 * `GET /` is public. `POST /follow` and `POST /stop` require `ADMIN_TOKEN` as `Authorization: Bearer …`, because they start
 * and stop costs. Votes for anything that is not in `CHOICES` are ignored, so that the storage has a limit. The tokens that
 * you give to voters decide who may vote; use `message.clientId` to find repeated votes. Secrets:
 * `wrangler secret put ABLY_API_KEY` and `wrangler secret put ADMIN_TOKEN`.
 *
 * If you only have to react to messages, use a webhook, which costs nothing while idle: see `examples/webhook-receiver`.
 */
import { Realtime } from "@ably-edge/sdk/realtime";

export interface Env {
  /** The API key, or one that may only subscribe to `votes`. */
  ABLY_API_KEY: string;
  /** A long random secret that callers send to start or stop. Without it, all callers are refused. */
  ADMIN_TOKEN?: string;
  TALLY: Namespace;
}

/** The part of a Durable Object namespace that this Worker uses. */
export interface Namespace {
  getByName(name: string): { fetch(request: Request): Promise<Response> };
}

/** The part of its state that this object uses. */
export interface State {
  storage: {
    get(name: string): Promise<Record<string, number> | undefined>;
    put(name: string, value: Record<string, number>): Promise<void>;
  };
}

/** The choices of the vote. */
const CHOICES = ["tea", "coffee"];

/** Counts the votes on the channel `votes`. */
export class Tally {
  readonly #state: State;
  readonly #env: Env;
  #following: Promise<Realtime> | undefined;

  constructor(state: State, env: Env) {
    this.#state = state;
    this.#env = env;
  }

  async fetch(request: Request): Promise<Response> {
    switch (`${request.method} ${new URL(request.url).pathname}`) {
      case "POST /follow":
        await (this.#following ??= this.#follow());
        return new Response(null, { status: 204 });
      case "POST /stop":
        await this.#stop();
        return new Response(null, { status: 204 });
      case "GET /":
        return Response.json(await this.#read());
      default:
        return new Response("Not found", { status: 404 });
    }
  }

  // Not called by the constructor: to return the counts, the object needs no connection.
  async #follow(): Promise<Realtime> {
    const counts = await this.#read();
    const client = new Realtime(this.#env.ABLY_API_KEY);
    // A failed client does not reconnect by itself; the next call of `follow` makes a new one.
    client.connection.once("failed", () => this.#following = undefined);
    try {
      await client.channels.get("votes").subscribe("vote", ({ data }) => {
        const choice = CHOICES.find((one) => one === data);
        if (choice === undefined) return;
        counts[choice] = (counts[choice] ?? 0) + 1;
        void this.#state.storage.put("counts", counts); // If it fails, the runtime ends the object.
      });
      return client;
    } catch (error) {
      this.#following = undefined;
      await client.close();
      throw error;
    }
  }

  async #stop(): Promise<void> {
    const client = await this.#following;
    this.#following = undefined;
    await client?.close();
  }

  async #read(): Promise<Record<string, number>> {
    return await this.#state.storage.get("counts") ?? {};
  }
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    if (request.method !== "GET" && !await isAdmitted(request, env.ADMIN_TOKEN)) {
      return new Response("No", { status: 401 });
    }
    return await env.TALLY.getByName("the-only-one").fetch(request);
  },
};

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
