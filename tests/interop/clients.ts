import * as Ably from "ably";
import { type ClientOptions, Realtime, Rest } from "../../mod.ts";
import { createService, type LocalService, serve } from "../../src/testing/mod.ts";

/** The name of a format; both clients know it as `useBinaryProtocol`. */
export type Format = "json" | "msgpack";

/** The formats, as pairs of what the official client and what this one uses. */
export const FORMAT_PAIRS: readonly (readonly [Format, Format])[] = [
  ["json", "json"],
  ["json", "msgpack"],
  ["msgpack", "json"],
  ["msgpack", "msgpack"],
];

/** Options for either client, with the format by name. */
type Options<O> = O & { format?: Format };

/** The local service on a port, and clients of both kinds that are closed with it. */
export class Scene implements AsyncDisposable {
  readonly #stack = new AsyncDisposableStack();
  readonly #served: { endpoint: string; port: number; tls: boolean; key: string };
  /** The service, for what no client can see. */
  readonly service: LocalService;

  private constructor(service: LocalService, served: Awaited<ReturnType<typeof serve>>) {
    this.service = service;
    this.#served = served.options();
    this.#stack.use(served);
    this.#stack.use(service);
  }

  /** Serves a new service on a free port. */
  static async start(): Promise<Scene> {
    const service = createService();
    return new Scene(service, await serve(service));
  }

  /** The address of the service, and its key. */
  get connection(): { endpoint: string; port: number; tls: boolean; key: string } {
    return this.#served;
  }

  /** A REST client of this module. */
  rest(options: Options<ClientOptions> = {}): Rest {
    return new Rest(this.#complete(options));
  }

  /** A realtime client of this module. */
  realtime(options: Options<ClientOptions> = {}): Realtime {
    return this.#stack.use(new Realtime(this.#complete(options)));
  }

  /** A REST client of the official package. */
  ablyRest(options: Options<Ably.ClientOptions> = {}): Ably.Rest {
    return new Ably.Rest(this.#complete(options));
  }

  /** A realtime client of the official package. */
  ablyRealtime(options: Options<Ably.ClientOptions> = {}): Ably.Realtime {
    const client = new Ably.Realtime(this.#complete(options));
    this.#stack.defer(() => closed(client));
    return client;
  }

  /** Closes all clients, the newest first, then the service. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }

  #complete<O extends object>({ format, ...options }: Options<O>): O {
    const { key, ...where } = this.#served;
    const hasCredentials = "authCallback" in options || "token" in options;
    const complete: object = {
      ...where,
      ...(!hasCredentials && { key }),
      useBinaryProtocol: format !== "json",
      ...options,
    };
    return complete as O;
  }
}

/** Runs a test with a service of its own. */
export async function withScene(run: (scene: Scene) => Promise<void>): Promise<void> {
  await using scene = await Scene.start();
  await run(scene);
}

async function closed(client: Ably.Realtime): Promise<void> {
  const { connection } = client;
  if (connection.state === "closed" || connection.state === "failed") return;
  const done = new Promise<void>((resolve) => connection.once("closed", () => resolve()));
  client.close();
  await done;
}

/** Items in the order in which they came, for who asks for them one by one. */
export class Inbox<T> {
  readonly #items: T[] = [];
  #wake = () => {};

  /** Takes an item in. Bound, to be given as a listener. */
  readonly put = (item: T): void => {
    this.#items.push(item);
    this.#wake();
  };

  /** Hands the next item out, as soon as there is one. */
  async next(): Promise<T> {
    while (this.#items.length === 0) {
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    return this.#items.shift()!;
  }
}
