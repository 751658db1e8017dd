import { assertEquals, assertMatch, test } from "../harness.ts";
import worker from "../../examples/worker-publish/worker.ts";
import { Rest } from "../../src/rest/rest.ts";
import { createService } from "../../src/testing/mod.ts";
import { asNetwork } from "../support/as_network.ts";

const ORDER_TOKEN = "the-token-of-this-test";

function post(item: BodyInit, authorization = `Bearer ${ORDER_TOKEN}`): Request {
  const headers = { authorization };
  return new Request("https://worker.example/", { method: "POST", body: item, headers });
}

/** An execution context that keeps what it was given. */
function fakeContext() {
  const late: Promise<unknown>[] = [];
  return { late, waitUntil: (promise: Promise<unknown>) => void late.push(promise) };
}

test("examples, worker-publish: answers first, and has published once what it waits for is done", async () => {
  await using service = createService();
  const answered = Promise.withResolvers<void>();
  using _network = asNetwork(service, {
    "main.realtime.ably.net": async (request) => {
      await answered.promise;
      return await service.fetch(request);
    },
  });
  const context = fakeContext();
  const response = await worker.fetch(
    post("tea"),
    { ABLY_API_KEY: service.key, ORDER_TOKEN },
    context,
  );
  assertEquals(response.status, 202);
  const order = await response.json();
  assertEquals([order.item, context.late.length], ["tea", 1]);
  const orders = new Rest(service.options()).channels.get("orders");
  assertEquals((await orders.history()).items, []);
  answered.resolve();
  await Promise.all(context.late);
  const { items } = await orders.history();
  assertEquals(items.map(({ name, data }) => [name, data]), [["placed", order]]);
});

test("examples, worker-publish: what cannot be published is in the log, and fails nothing", async () => {
  await using service = createService();
  using _network = asNetwork(service);
  service.faults.http({ method: "POST" }, { respond: { status: 403 } });
  const context = fakeContext();
  const logged: unknown[][] = [];
  const { error } = console;
  console.error = (...items) => void logged.push(items);
  try {
    const response = await worker.fetch(
      post("tea"),
      { ABLY_API_KEY: service.key, ORDER_TOKEN },
      context,
    );
    assertEquals(response.status, 202);
    await response.body?.cancel();
    await Promise.all(context.late);
  } finally {
    console.error = error;
  }
  assertMatch(String(logged[0]?.[0]), /not announced/);
});

test("examples, worker-publish: takes POST alone", async () => {
  const context = fakeContext();
  const request = new Request("https://worker.example/");
  const response = await worker.fetch(request, { ABLY_API_KEY: "app.key:secret" }, context);
  assertEquals([response.status, context.late.length], [405, 0]);
  await response.body?.cancel();
});

test("examples, worker-publish: takes no order of who has not the token", async () => {
  await using service = createService();
  using _network = asNetwork(service);
  const context = fakeContext();
  const env = { ABLY_API_KEY: service.key, ORDER_TOKEN };
  const others = [
    "",
    "Bearer",
    "Bearer ",
    "Bearer x",
    `Basic ${ORDER_TOKEN}`,
    `Bearer ${ORDER_TOKEN}x`,
  ];
  const answers = [
    ...others.map((authorization) => worker.fetch(post("tea", authorization), env, context)),
    worker.fetch(post("tea"), { ABLY_API_KEY: service.key }, context),
    worker.fetch(post("tea", "Bearer "), { ...env, ORDER_TOKEN: "" }, context),
    worker.fetch(post("tea", "Bearer undefined"), { ...env, ORDER_TOKEN: undefined }, context),
  ];
  for (const answer of answers) {
    const response = await answer;
    assertEquals(response.status, 401);
    await response.body?.cancel();
  }
  assertEquals([context.late.length, service.log.requests().length], [0, 0]);
});

test("examples, worker-publish: reads no more of an order than it takes", async () => {
  const context = fakeContext();
  let pulled = 0;
  const endless = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      pulled++;
      controller.enqueue(new Uint8Array(100));
    },
  });
  const init = { method: "POST", body: endless, duplex: "half" } as RequestInit;
  const request = new Request("https://worker.example/", init);
  request.headers.set("authorization", `Bearer ${ORDER_TOKEN}`);
  const env = { ABLY_API_KEY: "app.key:secret", ORDER_TOKEN };
  const response = await worker.fetch(request, env, context);
  assertEquals([response.status, context.late.length, pulled < 20], [413, 0, true]);
  await response.body?.cancel();
});
