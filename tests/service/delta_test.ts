import { Action } from "../../src/protocol/actions.ts";
import { fromBase64, fromUtf8, toBase64, utf8 } from "../../src/util/bytes.ts";
import { createService } from "../../src/testing/mod.ts";
import { compileJmespath } from "../../src/testing/core/jmespath.ts";
import { encodeVcdiff } from "../../src/testing/core/vcdiff_encoder.ts";
import { ErrorInfo, Realtime, Rest } from "../../mod.ts";
import { assert, assertEquals, assertRejects, assertThrows, test } from "../harness.ts";
import { FrameClient, rest } from "./frames.ts";

/** Reads what the encoder writes, and nothing else: written from RFC 3284, not from the encoder. */
function decode(base: Uint8Array, delta: Uint8Array): Uint8Array {
  let at = 0;
  const integer = () => {
    let value = 0;
    for (;;) {
      const byte = delta[at++]!;
      value = value * 128 + (byte & 0x7f);
      if (byte < 0x80) return value;
    }
  };
  assertEquals([...delta.subarray(0, 5)], [0xd6, 0xc3, 0xc4, 0, 0]);
  at = 5;
  if (delta[at++] === 1) {
    assertEquals(integer(), base.length);
    assertEquals(integer(), 0);
  }
  const end = integer() + at;
  const target: number[] = [];
  const length = integer();
  assertEquals(delta[at++], 0);
  const [dataLength, instLength, addrLength] = [integer(), integer(), integer()];
  let data = at;
  const inst = data + dataLength;
  const instEnd = inst + instLength;
  let addr = instEnd;
  assertEquals(end, addr + addrLength);
  at = inst;
  while (at < instEnd) {
    const code = delta[at++];
    const size = integer();
    if (code === 1) {
      for (let i = 0; i < size; i++) target.push(delta[data++]!);
    } else {
      assertEquals(code, 19);
      const next = at;
      at = addr;
      const from = integer();
      addr = at;
      at = next;
      for (let i = 0; i < size; i++) target.push(base[from + i]!);
    }
  }
  assertEquals(target.length, length);
  return Uint8Array.from(target);
}

test("RFC 3284: what is encoded can be decoded", () => {
  const random = Uint8Array.from({ length: 3000 }, (_, i) => (i * i * 7919) % 251);
  const changed = random.slice();
  changed[1500] = 255;
  for (
    const [base, target] of [
      ["", "new"],
      ["old", ""],
      ["the quick brown fox jumps", "the quick red fox jumps over"],
      ["aaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab"],
    ].map((pair) => pair.map(utf8)).concat([[random, changed], [changed, random.slice(200)]])
  ) assertEquals(decode(base!, encodeVcdiff(base!, target!)), target!);
  assert(encodeVcdiff(random, changed).length < 100);
});

test("contract 11.1: the first message is whole, those that follow are differences", async () => {
  await using service = createService();
  const client = await FrameClient.connect(service);
  await client.attach("c", { params: { delta: "vcdiff" } });
  const publish = (message: object) => client.publish("c", message);
  const next = async () => (await client.next(Action.Message)).messages![0]!;
  await publish({ data: '{"a":1}', encoding: "json" });
  const first = await next();
  assertEquals([first.data, first.encoding, first.extras], ['{"a":1}', "json", undefined]);
  await publish({ data: '{"a":2}', encoding: "json" });
  const second = await next();
  assertEquals(second.encoding, "json/utf-8/vcdiff/base64");
  assertEquals(second.extras, { delta: { from: first.id, format: "vcdiff" } });
  const text = decode(utf8('{"a":1}'), fromBase64(second.data as string));
  assertEquals(fromUtf8(text as Uint8Array<ArrayBuffer>), '{"a":2}');
  await publish({ data: "AQID", encoding: "base64" });
  assertEquals((await next()).encoding, "vcdiff/base64");
  await publish({ name: "no data" });
  assertEquals((await next()).data, undefined);
  await publish({ data: "whole again" });
  assertEquals((await next()).data, "whole again");
  const { body } = await rest(service, "/channels/c/messages?direction=forwards");
  assertEquals(body[1].data, '{"a":2}');
  await client.close();
});

test("contract 11.1: after a recovery the failed message comes whole", async () => {
  await using service = createService();
  const client = await FrameClient.connect(service);
  const params = { delta: "vcdiff" };
  await client.attach("c", { params });
  for (const data of ["one", "two", "three"]) await client.publish("c", { data });
  const { channelSerial } = await client.next(Action.Message);
  await client.next(Action.Message);
  await client.next(Action.Message);
  await client.attach("c", { params, channelSerial });
  const second = (await client.next(Action.Message)).messages![0]!;
  const third = (await client.next(Action.Message)).messages![0]!;
  assertEquals([second.data, third.encoding], ["two", "utf-8/vcdiff/base64"]);
  await client.close();
});

test("contract 11.1: a changed message is whole, and so is the one after it", async () => {
  await using service = createService();
  const client = await FrameClient.connect(service);
  await client.attach("mutable:c", { params: { delta: "vcdiff" } });
  const next = async () => (await client.next(Action.Message)).messages![0]!;
  const ack = await client.publish("mutable:c", { data: "one" });
  await client.publish("mutable:c", { serial: ack.res![0]!.serials[0]!, action: 1, data: "two" });
  await client.publish("mutable:c", { data: "three" });
  assertEquals([(await next()).data, (await next()).data, (await next()).data], [
    "one",
    "two",
    "three",
  ]);
  await client.close();
});

test("contract 11.2: a derived channel gets what passes its filter", async () => {
  await using service = createService();
  const client = await FrameClient.connect(service);
  const filter = toBase64(utf8('name == `"filtered"` && headers.number == `26095`'));
  const name = `[filter=${filter}]c`;
  await client.attach(name);
  for (const number of [1, 26095]) {
    await rest(service, "/channels/c/messages", {
      method: "POST",
      body: [
        { name: "filtered", data: String(number), extras: { headers: { number } } },
        { name: "other", extras: { headers: { number } } },
      ],
    });
  }
  const { channel, messages } = await client.next(Action.Message);
  assertEquals([channel, messages!.map(({ data }) => data)], [name, ["26095"]]);
  await client.settled();
  assertEquals(client.received, []);
  assertEquals((await client.publish(name, { name: "x" })).error!.code, 40010);
  client.send({ action: Action.Attach, channel: "[filter=bm90ICgg]c" });
  assertEquals((await client.next(Action.Error)).error!.code, 40010);
  await client.close();
});

test("contract 11.2: what is true for JMESPath passes, though it is no boolean", async () => {
  await using service = createService();
  const client = await FrameClient.connect(service);
  const name = `[filter=${toBase64(utf8("headers.flag"))}]c`;
  await client.attach(name);
  const flags = [0, "yes", "", null, false, true, [], [1], {}, { a: 1 }];
  await client.publish("c", ...flags.map((flag) => ({ extras: { headers: { flag } } })));
  const { messages } = await client.next(Action.Message);
  const passed = messages!.map(({ extras }) => (extras as { headers: { flag: unknown } }).headers);
  assertEquals(passed.map(({ flag }) => flag), [0, "yes", true, [1], { a: 1 }]);
  await client.close();
});

const message = {
  name: "n",
  headers: { a: 1, list: [1, "two"], "odd key": true },
  data: { x: "y" },
};

for (
  const [expression, expected] of [
    ["name == 'n'", true],
    ["headers.a >= `1` && !(headers.a > `1`)", true],
    ["headers.b || headers.a", 1],
    ["headers.list[-1] == 'two'", true],
    ['headers."odd key" && data.x != `"z"`', true],
    ["contains(name, 'n') && starts_with(data.x, 'z')", false],
    ["missing.deep == `null`", true],
    ["toString", null],
  ] as [string, unknown][]
) {
  test(`contract 11.2: evaluates ${expression}`, () => {
    assertEquals(compileJmespath(expression)(message), expected);
  });
}

test("contract 11.2: refuses what is no expression", () => {
  for (const text of ["", "a ==", "(a", "a b", "nope(a)", "`", "(".repeat(200)]) {
    assertThrows(() => compileJmespath(text), SyntaxError);
  }
});

test("contract: a publish that claims to be a delta is refused", async () => {
  await using service = createService();
  const client = new Realtime({ ...service.options(), logHandler: () => {} });
  const plain = new Rest({ ...service.options(), logHandler: () => {} });
  for (const channel of [client.channels.get("c"), plain.channels.get("c")]) {
    for (const encoding of ["vcdiff", "utf-8/vcdiff", "json/vcdiff/utf-8"]) {
      const message = { data: new Uint8Array([1]), encoding };
      const error = await assertRejects(() => channel.publish(message), ErrorInfo);
      assertEquals([error.code, error.statusCode], [40013, 400], encoding);
    }
    await channel.publish({ data: "x", encoding: "vcdiffer" });
  }
  assertEquals((await plain.channels.get("c").history()).items.length, 2);
  await client.close();
});
