import { cases, type Kept, type Step } from "./cases.ts";

/** The bindings that the runner provides. */
interface Env {
  OPTIONS: Record<string, unknown>;
  ROOM: {
    idFromName(name: string): unknown;
    get(id: unknown): { fetch(request: Request): Promise<Response> };
  };
}

interface Context {
  abort?(reason: string): void;
  waitUntil(promise: Promise<unknown>): void;
}

/** Each case keeps what it has at module scope, from request to request. */
const keptOf = new Map<string, Kept>();

async function serve(request: Request, options: Env["OPTIONS"], context: Context) {
  const [, name, index] = new URL(request.url).pathname.split("/").map(decodeURIComponent);
  const step: Step = cases.find((one) => one.name === name)!.steps[Number(index)]!;
  const kept = keptOf.get(name!) ?? { options, log: [], lasts: {} };
  keptOf.set(name!, kept);
  kept.abort = () => context.abort?.("evicted");
  try {
    const result = await step(kept, (promise) => context.waitUntil(promise));
    return result instanceof Response ? result : Response.json({ result: result ?? null });
  } catch (error) {
    return Response.json({ result: String(error) });
  }
}

/** Runs the same steps in one object, whose requests share what they open. */
export class Room {
  readonly #env: Env;
  readonly #state: Context;

  constructor(state: Context, env: Env) {
    this.#state = state;
    this.#env = env;
  }

  fetch(request: Request): Promise<Response> {
    return serve(request, this.#env.OPTIONS, this.#state);
  }
}

export default {
  fetch(request: Request, env: Env, context: Context): Promise<Response> {
    if (!request.headers.has("x-durable-object")) return serve(request, env.OPTIONS, context);
    return env.ROOM.get(env.ROOM.idFromName("one")).fetch(request);
  },
};
