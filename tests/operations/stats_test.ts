import { assertEquals, test } from "../harness.ts";
import { json, refusal } from "../support/fake_service.ts";
import { failureOf, fakeRest, testInBothFormats } from "../support/rest_clients.ts";

test("RSC6a, TS12: statistics with the time of their interval", async () => {
  const item = (intervalId: string, unit: string) => ({
    intervalId,
    unit,
    schema: "https://schemas.ably.com/json/app-stats-0.0.1.json",
    appId: "app",
    entries: { "messages.all.all.count": 5 },
  });
  const { rest, last } = fakeRest(() =>
    json([
      { ...item("2026-02-03:16:05", "minute"), inProgress: "2026-02-03:16:05" },
      item("2026-02-03:16", "hour"),
      item("2026-02-03", "day"),
      item("2026-02", "month"),
      { ...item("2026-12-31:23:59", "future"), added: 1 },
    ])
  );
  const { items } = await rest.stats();
  assertEquals(last().url.pathname + last().url.search, "/stats");
  assertEquals(items.map(({ intervalTime }) => intervalTime.toISOString()), [
    "2026-02-03T16:05:00.000Z",
    "2026-02-03T16:00:00.000Z",
    "2026-02-03T00:00:00.000Z",
    "2026-02-01T00:00:00.000Z",
    "2026-12-31T23:59:00.000Z",
  ]);
  assertEquals(items.map(({ unit }) => unit as string), [
    "minute",
    "hour",
    "day",
    "month",
    "future",
  ]);
  assertEquals([items[0]!.inProgress, items[1]!.inProgress], ["2026-02-03:16:05", undefined]);
  assertEquals(items[0]!.entries["messages.all.all.count"], 5);
  assertEquals([items[0]!.appId, items[0]!.schema], [
    "app",
    "https://schemas.ably.com/json/app-stats-0.0.1.json",
  ]);
});

test("RSC6b: start, end, direction, limit and unit", async () => {
  const { rest, last } = fakeRest();
  await rest.stats({
    start: new Date(1),
    end: 2,
    direction: "forwards",
    limit: 10,
    unit: "hour",
  });
  assertEquals(Object.fromEntries(last().url.searchParams), {
    start: "1",
    end: "2",
    direction: "forwards",
    limit: "10",
    unit: "hour",
  });
});

test("RSC6: a refusal rejects", async () => {
  const { rest } = fakeRest(() => refusal(40160, 401));
  assertEquals((await failureOf(() => rest.stats())).code, 40160);
});

testInBothFormats("RSC6: the service's statistics, in pages", async ({ client }) => {
  const rest = client();
  const fixture = [1, 2, 3].map((minute) => ({
    intervalId: `2025-02-03:15:0${minute}`,
    inbound: { realtime: { messages: { count: minute, data: 100 } } },
  }));
  const { success } = await rest.request("POST", "/stats", 3, null, fixture);
  assertEquals(success, true);
  const params = {
    start: Date.UTC(2025, 1, 3, 15),
    end: Date.UTC(2025, 1, 3, 15, 3),
    direction: "forwards",
    limit: 2,
  } as const;
  const counts: unknown[] = [];
  for await (const { entries, intervalTime, unit } of await rest.stats(params)) {
    counts.push([
      entries["messages.inbound.realtime.messages.count"],
      intervalTime.getUTCMinutes(),
      unit,
    ]);
  }
  assertEquals(counts, [[1, 1, "minute"], [2, 2, "minute"], [3, 3, "minute"]]);
  const [hour] = (await rest.stats({ ...params, unit: "hour" })).items;
  assertEquals(hour!.entries["messages.all.messages.count"], 6);
});
