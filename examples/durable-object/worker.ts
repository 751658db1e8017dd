/**
 * A Durable Object that subscribes to a channel and counts what it receives: `POST /follow` begins, `GET /` tells the
 * counts, `POST /stop` ends.
 *
 * Lifetime and billing: a Durable Object hibernates only while it holds no outgoing connection. As long as the client is
 * connected, the object stays in memory and its duration is billed, day and night, whether messages come or not. So this
 * one closes the client as soon as it is told to. A deployment, a crash or a move to another machine ends the object
 * without a word: what it counted is in its storage, but somebody has to call `follow` again.
 *
 * `GET /` is for everyone. `POST /follow` and `POST /stop` are for those who send `ADMIN_TOKEN` as `Authorization: Bearer …`:
 * anyone else could let it run at your cost, or stop it. Votes for what is not in `CHOICES` are not counted, so that what it
 * keeps has a limit. Who may vote, and how often, is up to the tokens that you give to voters; whether somebody votes twice
 * can be told by `message.clientId`. Secrets: `wrangler secret put ABLY_API_KEY` and `wrangler secret put ADMIN_TOKEN`.
 *
 * If it only has to react to messages, a webhook costs nothing while nothing happens: see `examples/webhook-receiver`.
 */
import { Realtime } from "@ably-edge/sdk/realtime";

export interface Env {
  /** The API key, or one that may only subscribe to `votes`. */
  ABLY_API_KEY: string;
  /** A long random secret that callers send to begin or end. Without it, all are refused. */
  ADMIN_TOKEN?: string;
  TALLY: Namespace;
}

/** What this Worker uses of a namespace of Durable Objects. */
export interface Namespace {
  getByName(name: string): { fetch(request: Request): Promise<Response> };
}

/** What this object uses of its state. */
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

  // Not called by the constructor: an object that is only asked for its counts needs no connection.
  async #follow(): Promise<Realtime> {
    const counts = await this.#read();
    const client = new Realtime(this.#env.ABLY_API_KEY);
    // A client that has failed will not connect again by itself; the next call of `follow` makes another one.
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
