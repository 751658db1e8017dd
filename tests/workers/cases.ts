import type { ClientOptions } from "../../src/client/client_options.ts";
import { Realtime } from "../../src/realtime/realtime.ts";
import { Rest } from "../../src/rest/rest.ts";
import { LiveCounter, LiveObjects } from "../../src/liveobjects/mod.ts";
import { createService } from "../../src/testing/mod.ts";

/** The state that a case keeps at module scope. */
export interface Kept {
  options: Record<string, unknown>;
  log: string[];
  client?: Realtime;
  rest?: Rest;
  controller?: AbortController;
  /** Ends the Durable Object. */
  abort?: () => void;
  iterator?: AsyncIterator<unknown>;
  lasts: Record<string, unknown>;
}

/** The code of one request. */
export type Step = (kept: Kept, waitUntil: (promise: Promise<unknown>) => void) => unknown;

/** Several requests to one worker. */
export interface Case {
  name: string;
  steps: Step[];
  /** Which steps run: those of an inner list at the same time. By default one after the other. */
  plan?: number[][];
  /** The expected answers. */
  expect: unknown[];
  /** Runs in a Durable Object. */
  durable?: boolean;
  /** The time that each request may take, in milliseconds. */
  limit?: number;
}

/** Blueprints may be made at module scope. */
const VOTES = LiveCounter.create(1);

const CIPHER_KEY = "AAECAwQFBgcICQoLDA0ODw==";

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

function realtime(kept: Kept, more: Partial<ClientOptions> = {}): Realtime {
  return kept.client ??= new Realtime({
    ...kept.options,
    logLevel: "error",
    logHandler: (text) => kept.log.push(text),
    ...more,
  });
}

function rest(kept: Kept, more: Partial<ClientOptions> = {}): Rest {
  return kept.rest ??= new Rest({ ...kept.options, ...more });
}

/** The root of the objects of a channel. */
function objects(kept: Kept) {
  const client = realtime(kept, { plugins: { LiveObjects } });
  const channel = client.channels.get("o", { modes: ["object_subscribe", "object_publish"] });
  return channel.object.get<{ votes: LiveCounter }>();
}

/** Without a socket of its own, a request ends with its answer, and all that it has begun. */
function orphaned(kept: Kept): Realtime {
  if (kept.client) return kept.client;
  kept.options = { ...createService().options() };
  return realtime(kept);
}

/** A client whose first attempt hangs in the request that has made it. */
function hanging(kept: Kept): Realtime {
  const { key, ...options } = kept.options as { key: string };
  let calls = 0;
  kept.options = options;
  return realtime(kept, {
    authCallback: async () => {
      if (++calls === 1) await sleep(60_000);
      return await new Rest({ ...options, key }).auth.createTokenRequest({ clientId: "*" });
    },
  });
}

const open: Step = async (kept) => {
  const { channels, connection } = realtime(kept);
  await connection.whenState("connected");
  await channels.get("c").attach();
};
const openOrphan: Step = async (kept) => {
  const { channels, connection } = orphaned(kept);
  await connection.whenState("connected");
  await channels.get("c").attach();
};
const leaveHanging: Step = (kept) => void hanging(kept);

/** The timer that would try again ends with the request. */
const leaveDisconnected: Step = async (kept) => {
  const service = createService();
  service.faults.connect({}, { refuse: true }, { times: 1 });
  kept.options = { ...service.options() };
  await realtime(kept, { disconnectedRetryTimeout: 30_000 }).connection.once("disconnected");
};

/** The use of a client by a second request, and its result. */
const uses: Record<string, [step: (client: Realtime) => unknown, expected: unknown]> = {
  publish: [async ({ channels }) => {
    await channels.get("c").publish("n", {});
    return "published";
  }, "published"],
  attach: [async ({ channels }) => {
    await channels.get("other").attach();
    return channels.get("other").state;
  }, "attached"],
  "attach and detach": [async ({ channels }) => {
    await channels.get("c").attach();
    await channels.get("c").detach();
    return channels.get("c").state;
  }, "detached"],
  "subscribe and get a message": [async ({ channels }) => {
    const channel = channels.get("c");
    const got = Promise.withResolvers<unknown>();
    await channel.subscribe(({ data }) => got.resolve(data));
    await channel.publish("n", "x");
    return await got.promise;
  }, "x"],
  "presence.enter and get": [async ({ channels }) => {
    const { presence } = channels.get("c");
    await presence.enterClient("ann", "here");
    return (await presence.get()).some(({ clientId }) => clientId === "ann");
  }, true],
  ping: [async (client) => typeof await client.connection.ping(), "number"],
  history: [async ({ channels }) => {
    await channels.get("h").publish("n", "x");
    return (await channels.get("h").history()).items.length > 0;
  }, true],
  authorize: [async ({ auth, connection }) => {
    await auth.authorize();
    return connection.state;
  }, "connected"],
  "whenState connected": [async ({ connection }) => {
    await connection.whenState("connected");
    return connection.state;
  }, "connected"],
  "an iterator": [async ({ channels }) => {
    const messages = channels.get("c").messages();
    await channels.get("c").publish("n", "x");
    return (await messages.next()).value.data;
  }, "x"],
  close: [async (client) => {
    await client.close();
    return client.connection.state;
  }, "closed"],
};

function kind(title: string, first: Step, leaveOut: string[] = []): Case[] {
  return Object.entries(uses).filter(([use]) => !leaveOut.includes(use)).flatMap(
    ([use, [step, expected]]) => {
      const second: Step = (kept) => step(kept.client!);
      const expect = [null, expected, expected];
      return [{ name: `${title}: ${use}`, steps: [first, second, second], expect }];
    },
  );
}

export const cases: Case[] = [
  ...kind("a connected client of an earlier request", open),
  ...kind("a connected client whose request has ended", openOrphan, ["history"]),
  ...kind("a client that an earlier request has left connecting", leaveHanging),
  ...kind("a client that an earlier request has left disconnected", leaveDisconnected, ["history"]),
  {
    name: "once(): a request waits for the connection that another has left connecting",
    steps: [
      leaveHanging,
      async ({ client }) => (await client!.connection.once("connected")).current,
    ],
    expect: [null, "connected"],
  },
  {
    name: "a move of the connection is logged as an error, with what to do instead",
    steps: [openOrphan, async ({ client, log }) => {
      await client!.channels.get("c").publish("n", null);
      return log.some((text) => text.includes("different request") || text.includes("has ended"));
    }],
    expect: [null, true],
  },
  {
    name: "overlap: an iterator of the first request gets what the second publishes",
    steps: [async (kept) => {
      return (await realtime(kept).channels.get("c").messages().next()).value.data;
    }, async ({ client }) => {
      await client!.channels.get("c").attach();
      await client!.channels.get("c").publish("n", "from the second");
    }],
    plan: [[0, 1]],
    expect: ["from the second", null],
  },
  {
    name: "overlap: three requests publish on one connection at the same time",
    steps: [
      async (kept) => {
        await realtime(kept).channels.get("c").publish("n", "1");
        await sleep(300);
        return kept.client!.connection.state;
      },
      async ({ client, lasts }) => {
        await client!.channels.get("c").publish("n", "2");
        lasts.second = client!.connection.id;
      },
      async ({ client, lasts }) => {
        await client!.channels.get("c").publish("n", "3");
        return client!.connection.id === (lasts.second ?? client!.connection.id);
      },
    ],
    plan: [[0, 1, 2]],
    expect: ["connected", null, true],
  },
  {
    name: "waitUntil: a client that a request has made publishes after its answer",
    steps: [(kept, waitUntil) => {
      waitUntil((async () => {
        await using client = new Realtime(kept.options);
        await client.channels.get("c").publish("n", "late");
        kept.lasts.done = true;
      })());
    }, async ({ lasts }) => {
      for (let i = 0; i < 40 && !lasts.done; i++) await sleep(20);
      return lasts.done;
    }],
    expect: [null, true],
  },
  {
    name: "REST with a key",
    steps: [1, 2, 3].map(() => async (kept: Kept) => {
      await rest(kept).channels.get("r").publish("n", null);
      return (await rest(kept).channels.get("r").history()).items.length;
    }),
    expect: [1, 2, 3],
  },
  {
    name: "REST with a token: a callback that ended with its request",
    steps: [(kept) => {
      const { key, ...options } = kept.options as { key: string };
      let calls = 0;
      kept.rest = new Rest({
        ...options,
        authCallback: async () => {
          if (++calls === 1) await sleep(60_000);
          return await new Rest({ ...options, key }).auth.createTokenRequest();
        },
      });
      kept.rest.channels.get("r").publish("n", "1").catch(() => {});
    }, async ({ rest }) => {
      await rest!.channels.get("r").publish("n", "2");
      return "published";
    }],
    expect: [null, "published"],
  },
  {
    name: "REST with a token: two requests wait for one callback",
    steps: [async (kept) => {
      const { key, ...options } = kept.options as { key: string };
      kept.lasts.calls = 0;
      kept.rest = new Rest({
        ...options,
        authCallback: async () => {
          kept.lasts.calls = kept.lasts.calls as number + 1;
          await sleep(400);
          return await new Rest({ ...options, key }).auth.createTokenRequest();
        },
      });
      await kept.rest.channels.get("r").publish("n", "1");
    }, async ({ rest, lasts }) => {
      await rest!.channels.get("r").publish("n", "2");
      return lasts.calls;
    }],
    plan: [[0, 1]],
    expect: [null, 1],
  },
  {
    name: "an AbortSignal of an earlier request",
    steps: [(kept) => {
      kept.controller = new AbortController();
    }, async (kept) => {
      const { signal } = kept.controller!;
      await rest(kept).channels.get("r").publish("n", "1", { signal });
      const published = rest(kept).channels.get("r").publish("n", "2", { signal });
      kept.controller!.abort(new Error("given up"));
      return await published.then(() => "published", (error) => error.message);
    }],
    expect: [null, "given up"],
  },
  {
    name: "a stream of messages ends with its reader, and leaves no listener",
    steps: [async (kept) => {
      const channel = realtime(kept).channels.get("s");
      const messages = channel.messages();
      await channel.attach();
      await channel.publish("n", "first");
      const stream = new ReadableStream<string>({
        async pull(controller) {
          const { value, done } = await messages.next();
          if (done) controller.close();
          else controller.enqueue(String(value.data));
        },
        cancel: () => void messages.return?.(),
      });
      const reader = stream.getReader();
      const { value } = await reader.read();
      await reader.cancel();
      const { done } = await messages.next();
      await kept.client!.close();
      return [value, done];
    }],
    expect: [["first", true]],
  },
  {
    name: "a reader that goes away ends the iterator behind its stream",
    steps: [async (kept) => {
      const client = realtime(kept);
      const channel = client.channels.get("t");
      const messages = channel.messages();
      await channel.attach();
      await channel.publish("n", "first");
      const stream = new ReadableStream<Uint8Array>({
        async pull(controller) {
          const { value, done } = await messages.next();
          if (!done) controller.enqueue(new TextEncoder().encode(String(value.data)));
        },
        async cancel() {
          await messages.return?.();
          kept.lasts.cancelled = true;
          await client.close();
        },
      });
      return new Response(stream, { headers: { "x-stream": "1" } });
    }, async ({ lasts, client }) => {
      const channel = client!.channels.get("t");
      // Workers notice that a reader has gone when there is something to write for it.
      for (let i = 0; i < 20 && !lasts.cancelled; i++) {
        await channel.publish("n", "more").catch(() => {});
        await sleep(20);
      }
      await client!.close();
      return [lasts.cancelled, client!.connection.state];
    }],
    expect: ["first", [true, "closed"]],
  },
  {
    name: "an iterator of a request that has ended ends, and keeps no messages",
    steps: [async (kept) => {
      kept.options = { ...createService().options() };
      const channel = realtime(kept).channels.get("c");
      kept.iterator = channel.messages();
      await channel.attach();
    }, async ({ client, iterator }) => {
      const channel = client!.channels.get("c");
      await channel.attach();
      await sleep(100);
      await channel.publish("n", "late");
      return (await iterator!.next()).done;
    }],
    expect: [null, true],
  },
  {
    name: "Durable Object: one connection for all requests",
    durable: true,
    steps: [
      open,
      ...[1, 2].map(() => async ({ client, lasts }: Kept) => {
        await client!.channels.get("c").publish("n", null);
        const isSame = lasts.id === undefined || lasts.id === client!.connection.id;
        lasts.id = client!.connection.id;
        return isSame;
      }),
      async ({ client, log }) => {
        await client!.close();
        return log.length;
      },
    ],
    expect: [null, true, true, 0],
  },
  {
    name: "Durable Object: objects that several requests change",
    durable: true,
    steps: [
      async (kept) => void await (await objects(kept)).set("votes", VOTES),
      ...Array.from({ length: 2 }, (): Step => async (kept) => {
        const votes = (await objects(kept)).get("votes");
        await votes.increment(2);
        return votes.value();
      }),
      async ({ client, log }) => {
        await client!.close();
        return log.length;
      },
    ],
    expect: [null, 3, 5, 0],
  },
  {
    name: "Durable Object: one that was restarted opens the connection of its predecessor anew",
    durable: true,
    steps: [
      open,
      ({ abort }) => abort!(),
      ...[1, 2].map(() => async ({ client }: Kept) => {
        await client!.channels.get("c").publish("n", null);
        return client!.connection.state;
      }),
      async ({ client }) => await client!.close(),
    ],
    expect: [null, "Internal Server Error", "connected", "connected", null],
  },
  {
    name: "REST with a token: an authUrl that was asked by a request that has ended",
    steps: [(kept) => {
      const { key: _key, ...options } = kept.options as { key: string };
      kept.rest = new Rest({ ...options, authUrl: "http://service.local/nothing" });
      kept.rest.channels.get("r").publish("n", null).catch(() => {});
    }, async ({ rest }) => {
      return await rest!.channels.get("r").publish("n", null).then(
        () => "published",
        ({ code }) => code,
      );
    }],
    expect: [null, 40170],
  },
  {
    name: "messages of an encrypted channel keep their order over two requests",
    steps: [async (kept) => {
      kept.options = { ...createService().options() };
      const channel = realtime(kept).channels.get("e", { cipher: { key: CIPHER_KEY } });
      await channel.attach();
      void channel.publish("n", "0").catch(() => {});
    }, async ({ client }) => {
      const channel = client!.channels.get("e");
      const messages = channel.messages();
      await channel.attach();
      await Promise.all(["1", "2"].map((data) => channel.publish("n", data)));
      const got: string[] = [];
      while (got.at(-1) !== "2") got.push((await messages.next()).value.data);
      return got.slice(-2);
    }],
    expect: [null, ["1", "2"]],
  },
];
