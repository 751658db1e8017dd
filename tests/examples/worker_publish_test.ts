import { assertEquals, assertMatch, test } from "../harness.ts";
import worker from "../../examples/worker-publish/worker.ts";
import { Rest } from "../../src/rest/rest.ts";
import { createService } from "../../src/testing/mod.ts";
import { asNetwork } from "../support/as_network.ts";

function post(item: string): Request {
  return new Request("https://worker.example/", { method: "POST", body: item });
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
  const response = await worker.fetch(post("tea"), { ABLY_API_KEY: service.key }, context);
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
    const response = await worker.fetch(post("tea"), { ABLY_API_KEY: service.key }, context);
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
