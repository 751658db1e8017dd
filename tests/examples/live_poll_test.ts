import worker, { invitation } from "../../examples/live-poll/worker.ts";
import { CHANNEL, count, follow, type Results } from "../../examples/live-poll/poll.ts";
import { Realtime } from "../../mod.ts";
import { LiveObjects } from "../../src/liveobjects/mod.ts";
import { createService } from "../../src/testing/mod.ts";
import { assertEquals, test } from "../harness.ts";
import { asNetwork } from "../support/as_network.ts";

const POLL_SECRET = "the-secret-of-this-test";

function ask(path: string, method = "GET", env = { ABLY_API_KEY: "", POLL_SECRET }) {
  return worker.fetch(new Request(`https://poll.example${path}`, { method }), env);
}

test("examples, live-poll: votes are seen as they come, and one replaces another", async () => {
  await using service = createService();
  using _network = asNetwork(service);
  const env = { ABLY_API_KEY: service.key, POLL_SECRET };
  const ann = await invitation("ann", POLL_SECRET);
  const bob = await invitation("bob", POLL_SECRET);
  const vote = async (voter: string, option: string) =>
    assertEquals((await ask(`/vote${voter}&option=${option}`, "POST", env)).status, 204);
  const token = async () => (await ask(`/token${ann}`, "GET", env)).text();
  await using client = new Realtime({
    ...service.options(),
    key: null,
    authCallback: token,
    plugins: { LiveObjects },
  });
  const channel = client.channels.get(CHANNEL, { modes: ["object_subscribe"] });
  const shown: Results[] = [];
  let next = Promise.withResolvers<void>();
  const following = follow(channel, (results) => {
    shown.push(results);
    next.resolve();
  });
  const change = async () => {
    await next.promise;
    next = Promise.withResolvers();
    return shown.at(-1);
  };
  assertEquals(await change(), { pizza: 0, curry: 0, salad: 0 });
  await vote(ann, "pizza");
  assertEquals(await change(), { pizza: 1, curry: 0, salad: 0 });
  await vote(bob, "pizza");
  assertEquals(await change(), { pizza: 2, curry: 0, salad: 0 });
  await vote(ann, "salad");
  assertEquals(await change(), { pizza: 1, curry: 0, salad: 1 });
  await client.close();
  await following;
});

test("examples, live-poll: who was not invited is not let in", async () => {
  const ann = await invitation("ann", POLL_SECRET);
  for (
    const path of [
      "/vote?option=pizza",
      "/token",
      `/token${ann.replace("ann", "bob")}`,
      `/token${await invitation("ann", "another secret")}`,
      `/token${await invitation("*", POLL_SECRET)}`,
    ]
  ) assertEquals((await ask(path, "POST")).status, 401);
  const open = { ABLY_API_KEY: "", POLL_SECRET: "" };
  assertEquals((await ask(`/token${ann}`, "GET", open)).status, 401);
  assertEquals((await ask(`/vote${ann}&option=cake`, "POST")).status, 400);
  assertEquals((await ask(`/vote${ann}&option=pizza`)).status, 405);
  assertEquals((await ask(`/else${ann}`)).status, 404);
});

test("examples, live-poll: votes for something else are not counted", () => {
  const votes = { ann: "pizza", bob: "cake", eve: "__proto__", jim: "constructor" };
  assertEquals(count(votes), { pizza: 1, curry: 0, salad: 0 });
});
