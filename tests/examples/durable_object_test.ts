import { assert, assertEquals, assertRejects, test } from "../harness.ts";
import worker, { Tally } from "../../examples/durable-object/worker.ts";
import { Rest } from "../../src/rest/rest.ts";
import { createService, type LocalService } from "../../src/testing/mod.ts";
import { asNetwork } from "../support/as_network.ts";

type Counts = Record<string, number>;

/** The storage of an object; it reports each write. */
function fakeState() {
  const stored = new Map<string, Counts>();
  const waiting: ((value: Counts) => void)[] = [];
  return {
    nextPut: () => new Promise<Counts>((resolve) => waiting.push(resolve)),
    storage: {
      get: async (name: string) => structuredClone(stored.get(name)),
      put: async (name: string, value: Counts) => {
        stored.set(name, structuredClone(value));
        waiting.shift()?.(value);
      },
    },
  };
}

function ask(tally: { fetch(request: Request): Promise<Response> }, what: string) {
  const [method, path] = what.split(" ") as [string, string];
  return tally.fetch(new Request(`https://tally.example${path}`, { method }));
}

async function countsOf(tally: Tally): Promise<Counts> {
  return await (await ask(tally, "GET /")).json();
}

function votesOf(service: LocalService) {
  return new Rest(service.options()).channels.get("votes");
}

test("examples, durable-object: counts while it follows, and closes on request", async () => {
  await using service = createService();
  using _network = asNetwork(service);
  const state = fakeState();
  const tally = new Tally(state, { ABLY_API_KEY: service.key, TALLY: undefined! });
  assertEquals(await countsOf(tally), {});
  assertEquals(service.log.connects().length, 0);

  const followed = await Promise.all([ask(tally, "POST /follow"), ask(tally, "POST /follow")]);
  assertEquals(followed.map(({ status }) => status), [204, 204]);
  assertEquals(service.log.connects().length, 1);
  const puts = [state.nextPut(), state.nextPut(), state.nextPut()];
  await votesOf(service).publish(["tea", "coffee", "tea"].map((data) => ({ name: "vote", data })));
  await Promise.all(puts);
  assertEquals(await countsOf(tally), { tea: 2, coffee: 1 });

  const closed = service.log.next(({ type }) => type === "close");
  assertEquals((await ask(tally, "POST /stop")).status, 204);
  await closed;
  await votesOf(service).publish("vote", "coffee");
  assertEquals(await countsOf(tally), { tea: 2, coffee: 1 });
});

test("examples, durable-object: the object that comes after it counts on from storage", async () => {
  await using service = createService();
  using _network = asNetwork(service);
  const state = fakeState();
  await state.storage.put("counts", { tea: 5 });
  const tally = new Tally(state, { ABLY_API_KEY: service.key, TALLY: undefined! });
  await ask(tally, "POST /follow");
  const put = state.nextPut();
  await votesOf(service).publish("vote", "tea");
  assertEquals(await put, { tea: 6 });
  await ask(tally, "POST /stop");
});

test("examples, durable-object: what cannot be voted for is not counted", async () => {
  await using service = createService();
  using _network = asNetwork(service);
  const state = fakeState();
  const tally = new Tally(state, { ABLY_API_KEY: service.key, TALLY: undefined! });
  await ask(tally, "POST /follow");
  const put = state.nextPut();
  const votes = ["water", "__proto__", "constructor", "", { tea: 1 }, ["tea"], "Tea", "tea"];
  await votesOf(service).publish(votes.map((data) => ({ name: "vote", data })));
  await put;
  assertEquals(await countsOf(tally), { tea: 1 });
  await ask(tally, "POST /stop");
});

test("examples, durable-object: a key that is refused is an error now, and a new try later", async () => {
  await using service = createService();
  using _network = asNetwork(service);
  const env = { ABLY_API_KEY: service.key, TALLY: undefined! };
  const tally = new Tally(fakeState(), env);
  env.ABLY_API_KEY = "localApp.nobody:wrong";
  const { error } = console;
  console.error = () => {}; // The client logs it, too.
  try {
    await assertRejects(() => ask(tally, "POST /follow"));
  } finally {
    console.error = error;
  }
  env.ABLY_API_KEY = service.key;
  assertEquals((await ask(tally, "POST /follow")).status, 204);
  await ask(tally, "POST /stop");
});

test("examples, durable-object: the Worker leads to the one object", async () => {
  const names: string[] = [];
  const ADMIN_TOKEN = "the-token-of-this-test";
  const object = { fetch: async () => new Response("{}") };
  const TALLY = {
    getByName: (name: string) => {
      names.push(name);
      return object;
    },
  };
  const response = await worker.fetch(new Request("https://x.example/"), {
    ABLY_API_KEY: "",
    TALLY,
  });
  assertEquals(await response.text(), "{}");
  assert(names.length === 1);
  const follow = async (authorization: string, token?: string) => {
    const headers = { authorization };
    const request = new Request("https://x.example/follow", { method: "POST", headers });
    const { status, body } = await worker.fetch(request, {
      ...{ ABLY_API_KEY: "", TALLY },
      ADMIN_TOKEN: token,
    });
    await body?.cancel();
    return status;
  };
  assertEquals(await follow(`Bearer ${ADMIN_TOKEN}`, ADMIN_TOKEN), 200);
  assertEquals(await follow("Bearer x", ADMIN_TOKEN), 401);
  assertEquals(await follow("", ADMIN_TOKEN), 401);
  assertEquals(await follow("Bearer undefined", undefined), 401);
  assertEquals(names, ["the-only-one", "the-only-one"]);
  const unknown = await ask(new Tally(fakeState(), { ABLY_API_KEY: "", TALLY }), "GET /x");
  assertEquals([unknown.status, await unknown.text()], [404, "Not found"]);
});
