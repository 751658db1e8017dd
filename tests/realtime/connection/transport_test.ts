import type { WebSocketConstructor } from "../../../src/client/client_options.ts";
import { Action } from "../../../src/protocol/actions.ts";
import { msgpackCodec } from "../../../src/protocol/msgpack_codec.ts";
import { assert, assertEquals, test } from "../../harness.ts";
import { Rig } from "../../support/realtime_rig.ts";
import { type Line, ScriptedNetwork } from "../../support/scripted_network.ts";

/** The ways in which runtimes report the end of a WebSocket. */
const ENDS: Record<string, (line: Line) => void> = {
  "close 1000": (line) => line.close(1000),
  "close 1001 with a reason": (line) => line.close(1001, "Going away"),
  "close 1005": (line) => line.close(1005),
  "close 1006 alone, as Bun": (line) => line.close(1006),
  "close 4000": (line) => line.close(4000, "Bye"),
  "error, then close 0, as Deno": (line) => {
    line.fail();
    line.close(0);
  },
  "error, then close 1006": (line) => {
    line.fail();
    line.close(1006);
  },
  "error alone": (line) => line.fail(),
  "close, then error": (line) => {
    line.close(1006);
    line.fail();
  },
  "close twice": (line) => {
    line.close(1006);
    line.close(1000);
  },
};

for (const [what, finish] of Object.entries(ENDS)) {
  test(`RTN15a: a connection that ends with ${what} is resumed, once`, async () => {
    await using rig = await Rig.connected();
    finish(rig.line);
    const { event, reason } = rig.lastLoss;
    assertEquals([event, reason!.code, reason!.statusCode], ["disconnected", 80003, 503]);
    await rig.accept();
    assertEquals([rig.network.lines.length, rig.client.connection.state], [2, "connected"]);
  });

  test(`RTN14d: an attempt that ends with ${what} fails, once`, async () => {
    await using rig = new Rig();
    rig.client.connect();
    finish(await rig.network.next());
    await rig.settle();
    assertEquals(rig.events(), ["connecting", "disconnected"]);
  });
}

test("RTN15a: a close code that says something is in the message of the reason", async () => {
  for (
    const [code, told] of [[1000, true], [1011, true], [4001, true], [0, false], [1005, false], [
      1006,
      false,
    ]] as const
  ) {
    await using rig = await Rig.connected();
    rig.line.close(code, "why");
    const { message } = rig.lastLoss.reason!;
    assertEquals([message.includes(String(code)) && code !== 0, message.includes("why")], [
      told,
      told,
    ]);
    await rig.accept();
  }
});

for (const useBinaryProtocol of [false, true]) {
  const format = useBinaryProtocol ? "MessagePack" : "JSON";
  test(`RTN2a: frames are ${format} both ways`, async () => {
    await using rig = await Rig.connected({ useBinaryProtocol });
    const published = rig.client.channels.get("c").publish("name", { a: [1, "ü"] });
    const ping = rig.client.connection.ping();
    await rig.settle();
    const { frames, raw } = rig.line;
    assert(raw.every((frame) => (typeof frame === "string") !== useBinaryProtocol));
    assertEquals(rig.sentActions(), [Action.Message, Action.Heartbeat]);
    assertEquals([frames[0]!.messages![0]!.name, frames[0]!.msgSerial], ["name", 0]);
    rig.line.ack(0, 1, [{ serials: ["s"] }]);
    rig.line.send({ action: Action.Heartbeat, id: frames[1]!.id });
    assertEquals((await published).serials, ["s"]);
    await ping;
  });

  test(`RTC11: a frame that is not ${format} ends the transport, and the connection is resumed`, async () => {
    const garbage = useBinaryProtocol
      ? [new Uint8Array([0xc1]), new Uint8Array(0), new Uint8Array([0x85])]
      : ["{", "", "<html>"];
    const foreign = useBinaryProtocol
      ? [msgpackCodec.encode([1]), msgpackCodec.encode(null), msgpackCodec.encode({ action: "4" })]
      : ["[1]", "null", '{"action":"4"}', "{}"];
    for (const frame of [...garbage, ...foreign] as (string | Uint8Array<ArrayBuffer>)[]) {
      await using rig = await Rig.connected({ useBinaryProtocol });
      rig.line.sendRaw(frame);
      assertEquals([rig.client.connection.state, rig.line.isClosed], ["connecting", true]);
      assert(rig.lastLoss.reason!.message.includes("frame"));
      await rig.accept();
    }
  });
}

test("RTC11, RTF1: a frame whose content makes no sense is logged, and the connection goes on", async () => {
  await using rig = await Rig.connected();
  const channel = rig.client.channels.get("c");
  const attached = channel.attach();
  rig.line.send({ action: Action.Attached, channel: "c", flags: 0 });
  await attached;
  for (
    const nonsense of [
      { action: Action.Message, channel: "c", messages: 5 },
      { action: 14, channel: "c", presence: "x" },
      { action: 16, channel: "c", presence: 7 },
      { action: Action.Annotation, channel: "c", annotations: { length: -1 } },
      { action: Action.Attached, channel: "c", flags: "x", params: 3 },
      { action: Action.Ack, res: 7 },
      { action: Action.Error, channel: {}, error: 7 },
    ]
  ) {
    rig.line.send(nonsense);
    await rig.settle();
  }
  assertEquals(rig.client.connection.state, "connected");
});

test("RTN1: binary frames are requested as ArrayBuffer, regardless of the runtime's default", async () => {
  const types: string[] = [];
  class Socket {
    onmessage = null;
    onclose = null;
    onerror = null;
    set binaryType(type: string) {
      types.push(type);
    }
    send() {}
    close() {}
  }
  await using rig = new Rig({ WebSocket: Socket as unknown as WebSocketConstructor });
  rig.client.connect();
  await rig.settle();
  assertEquals(types, ["arraybuffer"]);
  const closed = rig.client.close();
  await rig.clock.advance(10_000);
  await closed;
});

/** Sockets that throw on `send()` while they are said to be broken. */
function breakable(readyState?: number) {
  const network = new ScriptedNetwork();
  const broken = { isBroken: false };
  const WebSocket = function (url: string) {
    const socket = new network.WebSocket(url);
    const send = socket.send.bind(socket);
    socket.send = (data) => {
      if (!broken.isBroken) return send(data);
      if (readyState !== undefined) Object.assign(socket, { readyState });
      throw new Error(`Cannot send to ${url}`);
    };
    return socket;
  } as unknown as WebSocketConstructor;
  return { network, broken, WebSocket };
}

test("RTN15a, RTN19a: a socket that refuses to send is lost; what it refused goes over the next one", async () => {
  const { network, broken, WebSocket } = breakable();
  const logged: string[] = [];
  await using rig = new Rig({
    WebSocket,
    logLevel: "error",
    logHandler: (message, level) => logged.push(`${level} ${message}`),
  }, network);
  rig.client.connect();
  const first = await network.next();
  first.connect();
  await rig.settle();
  broken.isBroken = true;
  const published = rig.client.channels.get("c").publish("n", null);
  const reason = rig.client.connection.errorReason;
  assertEquals(reason?.code, 80003);
  const secret = first.params.key!;
  const { message } = reason!.cause as Error;
  assert(message.startsWith("Cannot send to "));
  assert(!message.includes(secret) && !message.includes(encodeURIComponent(secret)));
  assertEquals(logged.length, 1);
  assert(logged[0]!.startsWith("error ") && logged[0]!.includes("Cannot send to "));
  broken.isBroken = false;
  const second = await network.next();
  second.connect();
  assertEquals(second.sent(Action.Message).map(({ msgSerial }) => msgSerial), [0]);
  second.ack(0);
  await published;
});

test("RTN19a: a socket that is closing, and refuses to send, is nothing to complain of", async () => {
  const { network, broken, WebSocket } = breakable(2);
  const logged: string[] = [];
  await using rig = new Rig({
    WebSocket,
    logLevel: "error",
    logHandler: (text) => logged.push(text),
  }, network);
  rig.client.connect();
  (await network.next()).connect();
  broken.isBroken = true;
  const published = rig.client.channels.get("c").publish("n", null);
  broken.isBroken = false;
  const second = await network.next();
  second.connect();
  second.ack(0);
  await published;
  assertEquals(logged, []);
});

test("RTN12: a CLOSE that the socket refuses to send does not keep close() waiting", async () => {
  const { network, broken, WebSocket } = breakable();
  await using rig = new Rig({ WebSocket, logLevel: "none" }, network);
  rig.client.connect();
  (await network.next()).connect();
  broken.isBroken = true;
  await rig.client.close();
  assertEquals(rig.client.connection.state, "closed");
});

/** A WebSocket of a runtime that can end one without a closing handshake; the sockets, and when they were cut off. */
function terminable() {
  const network = new ScriptedNetwork();
  const sockets: WebSocket[] = [];
  const terminated: WebSocket[] = [];
  const WebSocket = function (url: string) {
    const socket = new network.WebSocket(url);
    const close = socket.close.bind(socket);
    sockets.push(socket);
    return Object.assign(socket, {
      close: () => {
        const isOver = socket.readyState === 3;
        close();
        if (!isOver) Object.assign(socket, { readyState: 2 }); // CLOSING, until the peer answers
      },
      terminate: () => void terminated.push(socket),
    });
  } as unknown as WebSocketConstructor;
  return { network, sockets, terminated, WebSocket };
}

test("RTN12b: a peer that does not answer the close frame is cut off, where the runtime can", async () => {
  const { network, sockets, terminated, WebSocket } = terminable();
  await using rig = new Rig({ WebSocket }, network);
  rig.client.connect();
  (await network.next()).connect();
  const closed = rig.client.close();
  await rig.clock.advance(10_000);
  await closed;
  assertEquals([sockets[0]!.readyState, terminated.length], [2, 0]);
  await rig.clock.advance(1_000);
  assertEquals(terminated, [sockets[0]!]);
  assertEquals(rig.clock.pending, 0);
});

test("RTN12a: … one that does answer is not, and no timer is left", async () => {
  const { network, sockets, terminated, WebSocket } = terminable();
  await using rig = new Rig({ WebSocket }, network);
  rig.client.connect();
  const line = await network.next();
  line.connect();
  const closed = rig.client.close();
  line.send({ action: Action.Closed });
  await closed;
  line.close(1000);
  assertEquals([sockets[0]!.readyState, rig.clock.pending], [3, 0]);
  // An ended transport is not awaited.
  rig.client.connect();
  (await network.next()).close();
  await rig.settle();
  assertEquals(rig.client.connection.state, "disconnected");
  await rig.client.close();
  assertEquals([terminated.length, rig.clock.pending], [0, 0]);
});

test("RTN2: neither the key nor a token is logged", async () => {
  for (const options of [{ key: "app.key:top-secret" }, { authCallback: () => "top-secret" }]) {
    await using rig = await Rig.connected(options);
    const authorized = rig.client.auth.authorize(null, { authCallback: () => "top-secret" });
    await rig.settle();
    rig.line.connect({ error: { code: 40000, statusCode: 400, message: "Note" } });
    await authorized;
    rig.line.close(1011, "x");
    (await rig.network.next()).refuse({ code: 40101, statusCode: 401 });
    await rig.settle();
    await rig.close();
    assertEquals(rig.logged.filter((line) => line.includes("top-secret")), []);
  }
});
