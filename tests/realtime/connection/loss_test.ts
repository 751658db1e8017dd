import { Action } from "../../../src/protocol/actions.ts";
import { assert, assertEquals, test } from "../../harness.ts";
import { Rig, type RigOptions, TOKEN_EXPIRED } from "../../support/realtime_rig.ts";

const SENT_AWAY = { code: 80003, statusCode: 503, message: "Going down" };

/** The ways in which a connection is lost, and the code of the reason. */
const LOSSES: Record<string, [(rig: Rig) => unknown, number]> = {
  "a closed socket": [({ line }) => line.close(), 80003],
  "silence": [({ clock }) => clock.advance(25_000), 80003],
  "DISCONNECTED": [({ line }) => line.disconnect(SENT_AWAY), 80003],
  "a token error": [({ line }) => line.disconnect(TOKEN_EXPIRED), 40142],
  "CLOSED": [({ line }) => line.send({ action: Action.Closed }), 80003],
  "a frame that is not JSON": [({ line }) => line.sendRaw("{"), 80003],
};

/** Makes a client that is connected with a token that it can replace. */
function withToken(options: RigOptions = {}): Promise<Rig> {
  let tokens = 0;
  const details = { maxIdleInterval: 15_000 };
  return Rig.connected({ authCallback: () => `token-${++tokens}`, ...options }, { details });
}

for (const [loss, [lose, code]] of Object.entries(LOSSES)) {
  test(`RTN15h2i: after ${loss} listeners of disconnected see that state and its reason`, async () => {
    await using rig = await withToken();
    const { connection } = rig.client;
    const seen: unknown[] = [];
    connection.on("disconnected", ({ previous, reason, retryIn }) => {
      seen.push(previous, reason!.code, retryIn, connection.state, connection.errorReason!.code);
    });
    await lose(rig);
    assertEquals(seen, ["connected", code, 0, "disconnected", code]);
    assertEquals(rig.events().slice(2), ["disconnected", "connecting"]);
    assertEquals((await rig.accept()).params.resume, "key-1"); // RTN15b
    assertEquals([connection.state, connection.errorReason] as unknown, ["connected", null]);
  });
}

test("RTN26b: once() and whenState() resolve with the state in between, and with the next connection", async () => {
  await using rig = await Rig.connected();
  const { connection } = rig.client;
  const waiting = [connection.once("disconnected"), connection.whenState("disconnected")];
  rig.line.close();
  const changes = await Promise.all(waiting);
  assertEquals(changes.map((change) => change!.retryIn), [0, 0]);
  const back = connection.whenState("connected");
  await rig.accept();
  assertEquals((await back)?.previous, "connecting");
});

test("RTN7d, RTN19a: without queueMessages a message that awaits its ACK outlives the loss", async () => {
  await using rig = await Rig.connected({ queueMessages: false });
  const channel = rig.client.channels.get("c");
  const published = channel.publish("a", null);
  await rig.settle();
  rig.line.close();
  const line = await rig.accept();
  assertEquals(line.sent(Action.Message).map(({ msgSerial }) => msgSerial), [0]);
  line.ack(0);
  await published;
});

test("RTN7d: without queueMessages it fails once an attempt has failed", async () => {
  await using rig = await Rig.connected({ queueMessages: false });
  const failed = rig.client.channels.get("c").publish("a", null).catch(({ code }) => code);
  await rig.settle();
  rig.line.close();
  (await rig.network.next()).close();
  await rig.settle();
  assertEquals([await failed, rig.events().at(-1)] as unknown, [80003, "disconnected"]);
});

test("RTL6c2, RTN19a: publishes in a listener of disconnected follow those without an ACK", async () => {
  await using rig = await Rig.connected();
  const channel = rig.client.channels.get("c");
  const published = [channel.publish("a", null)];
  rig.client.connection.on(["disconnected", "connecting"], ({ event }) => {
    published.push(channel.publish(event, null));
  });
  await rig.settle();
  rig.line.close();
  const line = await rig.accept();
  assertEquals(
    line.sent(Action.Message).map(({ msgSerial, messages }) => [msgSerial, messages![0]!.name]),
    [[0, "a"], [1, "disconnected"], [2, "connecting"]],
  );
  line.ack(0, 3);
  await Promise.all(published);
});

test("RTN12d: close() in a listener of disconnected closes at once, without another attempt", async () => {
  await using rig = await Rig.connected();
  const { connection } = rig.client;
  connection.once("disconnected", () => void connection.close());
  rig.line.close();
  await rig.settle();
  assertEquals(rig.events().slice(2), ["disconnected", "closed"]);
  assertEquals(rig.network.lines.length, 1);
});

test("RTN11c, RTN17f1: connect() in a listener of disconnected makes no other attempt", async () => {
  await using rig = await Rig.connected({ endpoint: "main" });
  const { client, line: { host } } = rig;
  let opened: Promise<void> | undefined;
  client.connection.once("disconnected", () => {
    opened = client.connect();
  });
  rig.line.disconnect(SENT_AWAY);
  const line = await rig.accept();
  await opened;
  assert(line.host !== host, "went back to the host that sent it away");
  assertEquals(rig.events().slice(2), ["disconnected", "connecting", "connected"]);
  assertEquals(rig.network.lines.length, 2);
});

test("RTN15h2, RTN11c: connect() in a listener of disconnected leaves one renewal of the token", async () => {
  let tokens = 0;
  await using rig = await Rig.connected({ authCallback: () => `token-${++tokens}` });
  const { connection } = rig.client;
  connection.once("disconnected", () => connection.connect());
  rig.line.disconnect(TOKEN_EXPIRED);
  (await rig.network.next()).refuse(TOKEN_EXPIRED);
  await rig.settle();
  assertEquals(rig.events().slice(2), ["disconnected", "connecting", "disconnected"]);
  assertEquals(tokens, 2);
});

test("RTN13d: ping() in a listener of disconnected waits for the next connection", async () => {
  await using rig = await Rig.connected();
  let ping: Promise<number> | undefined;
  rig.client.connection.once("disconnected", () => {
    ping = rig.client.connection.ping();
  });
  rig.line.close();
  const line = await rig.accept();
  await rig.settle();
  line.send({ action: Action.Heartbeat, id: line.sent(Action.Heartbeat)[0]!.id! });
  assertEquals(await ping, 0);
});

test("RTC8b: authorize() in a listener of disconnected connects with the new token", async () => {
  await using rig = await withToken();
  let authorized: Promise<unknown> | undefined;
  rig.client.connection.once("disconnected", () => {
    authorized = rig.client.auth.authorize();
  });
  rig.line.close();
  const line = await rig.accept();
  await authorized;
  assertEquals([line.params.accessToken, line.params.resume], ["token-2", "key-1"]);
});

test("RTL3e: channels stay attached through disconnected and connecting", async () => {
  await using rig = new Rig();
  const channel = await rig.attach();
  const states: string[] = [];
  rig.client.connection.on(({ event }) => void states.push(`${event} ${channel.state}`));
  await rig.lose();
  assertEquals([states, channel.state], [
    ["disconnected attached", "connecting attached"],
    "attached",
  ]);
});
