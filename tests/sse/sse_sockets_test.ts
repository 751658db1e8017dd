import { Rest } from "../../mod.ts";
import { streamMessages } from "../../src/sse/mod.ts";
import { createService, serve } from "../../src/testing/mod.ts";
import { assertEquals, test } from "../harness.ts";

test("RTN15a: over real HTTP, a stream survives broken and ended responses", async () => {
  await using service = createService();
  await using served = await serve(service, { hostname: "127.0.0.1" });
  const rest = new Rest({ ...served.options(), logHandler: () => {} });
  const channel = rest.channels.get("c");
  const stream = streamMessages(channel);
  await stream.opened;
  for (let i = 0; i < 6; i++) {
    await channel.publish("n", `${i}a`);
    assertEquals((await stream.next()).value!.data, `${i}a`);
    if (i % 2) service.faults.drop({ channel: "c" });
    else service.faults.close(1000, { channel: "c" });
    await channel.publish([{ data: `${i}b` }, { data: "ü".repeat(30_000) }]);
    assertEquals((await stream.next()).value!.data, `${i}b`);
    assertEquals((await stream.next()).value!.data, "ü".repeat(30_000));
  }
  const gone = Promise.withResolvers<void>();
  void (async () => {
    const { status } = await channel.status();
    let { subscribers } = status.occupancy.metrics;
    while (subscribers > 0) {
      ({ status: { occupancy: { metrics: { subscribers } } } } = await channel.status());
    }
    gone.resolve();
  })();
  await stream.return!();
  await gone.promise;
});
