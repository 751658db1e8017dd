import { Rest } from "../../mod.ts";
import { streamMessages } from "../../src/sse/mod.ts";
import { createService, FakeClock } from "../../src/testing/mod.ts";
import { assert, assertEquals, test } from "../harness.ts";
import { seeded } from "../support/seeded.ts";

const HEADERS = { "content-type": "text/event-stream" };

/** Events as Ably writes them, of which one has several lines and characters of several bytes. */
const EVENTS = ["1", "2 ü😀", "3"].map((data, index) =>
  `id: e${index}\nevent: message\ndata: {"channel":"c",\ndata: "data":"${data}"}\n\n`
);

function bodyOf(bytes: Uint8Array<ArrayBuffer>, isBroken: boolean): ReadableStream {
  return new ReadableStream({
    start(controller) {
      if (bytes.length > 0) controller.enqueue(bytes);
      if (!isBroken) controller.close();
    },
    pull(controller) {
      controller.error(new TypeError("Connection reset"));
    },
  });
}

test("RTN15a: a stream cut at any byte of its events continues without loss and doubles", async () => {
  const whole = new TextEncoder().encode(EVENTS.join(""));
  for (const isBroken of [true, false]) {
    for (let cut = 0; cut <= whole.length; cut++) {
      let requests = 0;
      const rest = new Rest({
        key: "a.b:c",
        logHandler: () => {},
        clock: new FakeClock(),
        fetch: async (input) => {
          const lastEvent = new URL(String(input)).searchParams.get("lastEvent");
          const after = lastEvent === null ? 0 : Number(lastEvent.slice(1)) + 1;
          const bytes = new TextEncoder().encode(EVENTS.slice(after).join(""));
          const body = requests++ === 0
            ? bodyOf(whole.slice(0, cut), isBroken)
            : new ReadableStream({ start: (controller) => controller.enqueue(bytes) });
          return new Response(body, { headers: HEADERS });
        },
      });
      const data: unknown[] = [];
      for await (const message of streamMessages(rest.channels.get("c"), { rewind: 3 })) {
        data.push(message.data);
        if (data.length === 3) break;
      }
      assertEquals(data, ["1", "2 ü😀", "3"], `cut at ${cut}`);
    }
  }
});

test("RTN15a: a storm of 20,000 messages over cut streams loses and doubles none", async () => {
  const TOTAL = 20_000;
  await using service = createService({ logLimit: 0 });
  const rest = new Rest({
    ...service.options(),
    logHandler: () => {},
    disconnectedRetryTimeout: 1, // Some streams break before their first event.
  });
  const channels = ["a", "b"].map((name) => rest.channels.get(name));
  const random = seeded(20);
  const gaps: unknown[] = [];
  await using stream = streamMessages(channels, { onGap: (reason) => void gaps.push(reason) });
  await stream.opened;
  let received = 0;
  let wake = () => {};
  const publish = async () => {
    for (let sent = 0; sent < TOTAL;) {
      const count = Math.min(1 + random(80), TOTAL - sent);
      const batch = Array.from({ length: count }, (_, i) => ({ data: String(sent + i) }));
      sent += count;
      // Otherwise each break would repeat all that the reader is behind.
      while (sent - received > 1000) await new Promise<void>((resolve) => wake = resolve);
      await channels[random(2)]!.publish(batch);
      if (random(10) < 3) service.faults.drop({ channel: "a" });
      else if (random(10) < 1) service.faults.close(1000, { channel: "a" });
    }
  };
  const publishing = publish();
  publishing.catch(() => {}); // A failure is reported below.
  for (let expected = 0; expected < TOTAL; expected++) {
    const { value } = await stream.next();
    if (value!.data !== String(expected)) assertEquals(value!.data, String(expected));
    received++;
    wake();
  }
  await publishing;
  assertEquals(gaps, []);
  assert(await isQuiet(stream));
});

/** Whether no further message is waiting. */
async function isQuiet(stream: AsyncIterator<unknown>): Promise<boolean> {
  const next = stream.next();
  for (let turn = 0; turn < 100; turn++) await Promise.resolve();
  void stream.return!();
  return (await next).done === true;
}
