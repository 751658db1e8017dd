import { ErrorInfo, type Rest } from "../../mod.ts";
import { assertEquals, assertRejects, test } from "../harness.ts";
import { json } from "../support/fake_service.ts";
import { fakeRest } from "../support/rest_clients.ts";

type Call = (rest: Rest, params: object) => Promise<unknown>;

/** The calls with a size of page, and whether it has a maximum. */
const LISTS: Record<string, Call> = {
  "channel.history": (rest, params) => rest.channels.get("c").history(params),
  "stats": (rest, params) => rest.stats(params),
  "presence.get": (rest, params) => rest.channels.get("c").presence.get(params),
  "presence.history": (rest, params) => rest.channels.get("c").presence.history(params),
  "annotations.get": (rest, params) =>
    rest.channels.get("c").annotations.get("serial", { ...params }),
  "push.listSubscriptions": (rest, params) => rest.channels.get("c").push.listSubscriptions(params),
  "deviceRegistrations.list": (rest, params) => rest.push.admin.deviceRegistrations.list(params),
  "channelSubscriptions.list": (rest, params) => rest.push.admin.channelSubscriptions.list(params),
  "channelSubscriptions.listChannels": (rest, params) =>
    rest.push.admin.channelSubscriptions.listChannels(params),
};
const RANGES = ["channel.history", "stats", "presence.history"];

for (const [name, call] of Object.entries(LISTS)) {
  test(`RSL2b3, RSC6b3, RSP3a1, RSAN3b, RSH1b2, RSH1c1: ${name}() takes a limit as digits`, async () => {
    const { rest, last, network } = fakeRest(() => json([]));
    await call(rest, { limit: "10" });
    assertEquals(last().url.searchParams.get("limit"), "10");
    for (const limit of ["", "ten", "0", "-1", "1.5", "1e2", " 5", "5 ", "+5", ["5"], true, {}]) {
      const error = await assertRejects(() => call(rest, { limit }), ErrorInfo, '"limit"');
      assertEquals(error.code, 40003);
    }
    assertEquals(network.seen.length, 1);
  });
}

for (const name of RANGES) {
  test(`RSL2b1, RSC6b1, RSP4b1: ${name}() takes start and end as digits`, async () => {
    const { rest, last, network } = fakeRest(() => json([]));
    const call = LISTS[name]!;
    await call(rest, { start: "1700000000000", end: new Date(1_700_000_000_001) });
    assertEquals(last().url.search, "?start=1700000000000&end=1700000000001");
    for (const start of ["", "now", "2026-01-01", "-5", "1e3", ["5"], {}]) {
      for (const params of [{ start }, { end: start }]) {
        const error = await assertRejects(() => call(rest, params), ErrorInfo, "must be a time");
        assertEquals(error.code, 40003);
      }
    }
    await assertRejects(() => call(rest, { start: "2", end: "1" }), ErrorInfo, "later");
    await assertRejects(() => call(rest, { start: "10", end: 9 }), ErrorInfo, "later");
    assertEquals(network.seen.length, 1);
  });
}
