import type { CallOptions, Rest } from "../../mod.ts";
import { assert, assertEquals, assertRejects, assertStrictEquals, test } from "../harness.ts";
import { json, never } from "../support/fake_service.ts";
import { fakeRest } from "../support/rest_clients.ts";

type Call = (rest: Rest, options: CallOptions) => Promise<unknown>;

/** Every call that sends something, with the place where it takes its signal. */
const CALLS: Record<string, Call> = {
  time: (rest, o) => rest.time(o),
  stats: (rest, o) => rest.stats({ unit: "hour", ...o }),
  request: (rest, { signal }) => rest.request("GET", "/x", 3, { p: 1, signal }),
  batchPublish: (rest, o) => rest.batchPublish({ channels: ["c"], messages: [{ name: "n" }] }, o),
  batchPresence: (rest, o) => rest.batchPresence(["c"], o),
  "channels.listNames": (rest, o) => rest.channels.listNames({ limit: 5, ...o }),
  "channels.listDetails": (rest, o) => rest.channels.listDetails(o),
  "publish(name, data)": (rest, { signal }) => rest.channels.get("c").publish("n", "d", { signal }),
  "publish(message)": (rest, { signal }) =>
    rest.channels.get("c").publish({ name: "n" }, { p: 1, signal }),
  history: (rest, o) => rest.channels.get("c").history({ limit: 5, ...o }),
  status: (rest, o) => rest.channels.get("c").status(o),
  getMessage: (rest, o) => rest.channels.get("c").getMessage("s", o),
  getMessageVersions: (rest, { signal }) =>
    rest.channels.get("c").getMessageVersions("s", { p: 1, signal }),
  updateMessage: (rest, { signal }) =>
    rest.channels.get("c").updateMessage({ serial: "s" }, null, { signal }),
  deleteMessage: (rest, { signal }) =>
    rest.channels.get("c").deleteMessage({ serial: "s" }, {}, { p: 1, signal }),
  appendMessage: (rest, { signal }) =>
    rest.channels.get("c").appendMessage({ serial: "s" }, null, { signal }),
  "presence.get": (rest, o) => rest.channels.get("c").presence.get({ limit: 5, ...o }),
  "presence.history": (rest, o) => rest.channels.get("c").presence.history(o),
  "annotations.publish": (rest, o) =>
    rest.channels.get("c").annotations.publish("s", { type: "t" }, o),
  "annotations.delete": (rest, o) =>
    rest.channels.get("c").annotations.delete("s", { type: "t" }, o),
  "annotations.get": (rest, { signal }) =>
    rest.channels.get("c").annotations.get("s", { limit: 5, signal }),
  "push.subscribeClient": (rest, o) => rest.channels.get("c").push.subscribeClient(o),
  "push.unsubscribeClient": (rest, o) => rest.channels.get("c").push.unsubscribeClient(o),
  "push.listSubscriptions": (rest, o) => rest.channels.get("c").push.listSubscriptions(o),
  "push.admin.publish": (rest, o) => rest.push.admin.publish({ clientId: "a" }, { data: {} }, o),
  "deviceRegistrations.save": (rest, o) =>
    rest.push.admin.deviceRegistrations.save({
      id: "d",
      formFactor: "other",
      platform: "browser",
      push: { recipient: {} },
    }, o),
  "deviceRegistrations.get": (rest, o) => rest.push.admin.deviceRegistrations.get("d", o),
  "deviceRegistrations.list": (rest, o) => rest.push.admin.deviceRegistrations.list(o),
  "deviceRegistrations.remove": (rest, o) => rest.push.admin.deviceRegistrations.remove("d", o),
  "deviceRegistrations.removeWhere": (rest, o) =>
    rest.push.admin.deviceRegistrations.removeWhere({ clientId: "a", ...o }),
  "channelSubscriptions.save": (rest, o) =>
    rest.push.admin.channelSubscriptions.save({ channel: "c", clientId: "a" }, o),
  "channelSubscriptions.list": (rest, o) => rest.push.admin.channelSubscriptions.list(o),
  "channelSubscriptions.listChannels": (rest, o) =>
    rest.push.admin.channelSubscriptions.listChannels(o),
  "channelSubscriptions.remove": (rest, o) =>
    rest.push.admin.channelSubscriptions.remove({ channel: "c", clientId: "a" }, o),
  "channelSubscriptions.removeWhere": (rest, o) =>
    rest.push.admin.channelSubscriptions.removeWhere({ clientId: "a", ...o }),
};

test("AbortSignal: ends every call while it waits for its answer, without another try", async () => {
  for (const [name, call] of Object.entries(CALLS)) {
    const asked = Promise.withResolvers<void>();
    const { rest, network } = fakeRest((request) => {
      asked.resolve();
      return never(request);
    }, { clientId: "ann" });
    const controller = new AbortController();
    const pending = call(rest, { signal: controller.signal });
    await asked.promise;
    const reason = new DOMException(name, "AbortError");
    controller.abort(reason);
    const failure = await assertRejects(() => pending);
    assertStrictEquals(failure, reason);
    assertEquals(network.seen.length, 1, name);
    assertEquals(network.seen[0]!.url.searchParams.has("signal"), false, name);
  }
});

test("AbortSignal: a call with a signal that is aborted sends nothing", async () => {
  for (const [name, call] of Object.entries(CALLS)) {
    const { rest, network } = fakeRest(() => json([]), { clientId: "ann" });
    const reason = new DOMException(name, "AbortError");
    const failure = await assertRejects(() => call(rest, { signal: AbortSignal.abort(reason) }));
    assertStrictEquals(failure, reason, name);
    assertEquals(network.seen.length, 0, name);
  }
});

test("AbortSignal: pages keep the signal of the call, unless given another", async () => {
  const { rest, network } = fakeRest(() => json([], 200, { link: '<?p>; rel="next"' }));
  const controller = new AbortController();
  const page = await rest.channels.get("c").history({ signal: controller.signal });
  controller.abort();
  await assertRejects(() => page.next());
  await assertRejects(() => page.first());
  assertEquals(network.seen.length, 1);
  const next = await page.next({ signal: new AbortController().signal });
  assert(next!.hasNext());
});
