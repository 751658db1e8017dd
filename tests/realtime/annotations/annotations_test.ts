import type {
  Annotation,
  ChannelOptions,
  OutboundAnnotation,
  RealtimeChannel,
} from "../../../mod.ts";
import { AesCbcCipher } from "../../../src/crypto/aes_cbc.ts";
import { getDefaultParams } from "../../../src/crypto/cipher_params.ts";
import { Action, Flag, MODE_FLAGS } from "../../../src/protocol/actions.ts";
import { toBase64, utf8 } from "../../../src/util/bytes.ts";
import { assert, assertEquals, test } from "../../harness.ts";
import { aborted, failureOf, outcome, until } from "../../support/outcomes.ts";
import { DEFAULT_MODES, type Frame, Rig } from "../../support/realtime_rig.ts";
import { encryptOne } from "../../support/payloads.ts";

const ANNOTATIONS = { modes: ["subscribe", "annotation_subscribe"] as const };
const GRANTED = DEFAULT_MODES | MODE_FLAGS.annotation_subscribe;

function attached(rig: Rig): Promise<RealtimeChannel> {
  return rig.attach({ flags: GRANTED }, { modes: [...ANNOTATIONS.modes] });
}

function frame(...annotations: object[]): Frame {
  return {
    action: Action.Annotation,
    channel: "c",
    id: "conn:3",
    timestamp: 100,
    annotations: annotations as [],
  };
}

test("RTAN1c, RSAN1c: publishes one annotation in a frame, with action and message of the call", async () => {
  await using rig = new Rig();
  await rig.accept();
  const channel = rig.client.channels.get("c");
  const annotation = {
    type: "reaction:multiple.v1",
    name: "👍",
    count: 2,
    clientId: "jim",
    data: { a: 1 },
    extras: { h: 1 },
    action: "annotation.delete",
    messageSerial: "other",
  } as const;
  const before = JSON.stringify(annotation);
  const published = channel.annotations.publish("serial-1", annotation);
  assertEquals(rig.sent(), [{
    action: Action.Annotation,
    channel: "c",
    msgSerial: 0,
    annotations: [{
      action: 0, // RSAN1c1: whatever the annotation says
      messageSerial: "serial-1",
      type: "reaction:multiple.v1",
      name: "👍",
      count: 2,
      clientId: "jim",
      data: '{"a":1}',
      encoding: "json",
      extras: { h: 1 },
    }],
  }]);
  assertEquals(await outcome(published, rig), "pending");
  await rig.acknowledge();
  assertEquals(await published, undefined); // RTAN1d
  assertEquals(JSON.stringify(annotation), before);
});

test("RTAN2a: deleting differs in the action alone, and leaves its arguments alone", async () => {
  await using rig = new Rig();
  await rig.accept();
  const annotation = { type: "reaction:flag.v1" };
  const deleted = rig.client.channels.get("c").annotations.delete(
    { serial: "serial-1" },
    annotation,
  );
  assertEquals(rig.sent()[0]!.annotations, [
    { action: 1, messageSerial: "serial-1", type: "reaction:flag.v1" },
  ]);
  assertEquals(annotation, { type: "reaction:flag.v1" });
  await rig.acknowledge();
  await deleted;
});

test("RTAN1a, RSAN1a: what is no annotation is refused", async () => {
  await using rig = new Rig();
  await rig.accept({ details: { maxMessageSize: 5 } });
  const { annotations } = rig.client.channels.get("c");
  const bad: [unknown, unknown, number][] = [
    ["s", {}, 40003], // RSAN1a3
    ["s", { type: "" }, 40003],
    ["s", null, 40003],
    ["", { type: "t" }, 40003],
    [{}, { type: "t" }, 40003],
    ["s", { type: "t", count: "2" }, 40003],
    ["s", { type: "t", data: 5 }, 40013],
    ["s", { type: "t", data: "123456" }, 40009], // RSAN1a4
  ];
  for (const [message, annotation, code] of bad) {
    for (const action of ["publish", "delete"] as const) {
      const call = () => annotations[action](message as string, annotation as OutboundAnnotation);
      assertEquals((await failureOf(call)).code, code, JSON.stringify([message, annotation]));
    }
  }
  const signal = aborted();
  const given = annotations.publish("s", { type: "t" }, { signal }).then(
    () => "",
    (error) => error.name,
  );
  assertEquals([await given, rig.sent()], ["AbortError", []] as unknown[]);
});

test("RSAN1c3: annotations of an encrypted channel are encoded, not encrypted", async () => {
  await using rig = new Rig();
  await rig.accept();
  const channel = rig.client.channels.get("c", { cipher: { key: new Uint8Array(16) } });
  const published = channel.annotations.publish("s", { type: "t", data: new Uint8Array([1, 2]) });
  assertEquals(rig.sent()[0]!.annotations, [
    { action: 0, messageSerial: "s", type: "t", data: "AQI=", encoding: "base64" },
  ]);
  await rig.acknowledge();
  await published;
});

test("RTAN1b: the states in which annotations can be published are those of messages", async () => {
  await using rig = new Rig({ autoConnect: true });
  const channel = rig.client.channels.get("c");
  const queued = channel.annotations.publish("s", { type: "t" });
  await rig.accept();
  assertEquals(rig.sentActions(), [Action.Annotation]); // RTL6c2, and no attach: RTL6c5
  await rig.acknowledge();
  await queued;
  const refused = failureOf(() => channel.annotations.publish("s", { type: "t" }));
  const error = { code: 93002, statusCode: 400, message: "Not mutable" };
  await rig.receive({ action: Action.Nack, msgSerial: 1, count: 1, error });
  assertEquals((await refused).code, 93002);
  await rig.receive({ action: Action.Error, channel: "c" });
  assertEquals(
    (await failureOf(() => channel.annotations.publish("s", { type: "t" }))).code,
    90001,
  );
});

test("RTAN3: annotations of the past are read over REST", async () => {
  const asked: string[] = [];
  await using rig = new Rig({
    autoConnect: false,
    fetch: (url) => {
      asked.push(new URL(String(url)).pathname + new URL(String(url)).search);
      return Promise.resolve(Response.json([{ action: 1, type: "t", serial: "a1" }]));
    },
  });
  const page = await rig.client.channels.get("c").annotations.get("s:1@x", { limit: 5 });
  assertEquals(asked, ["/channels/c/messages/s%3A1%40x/annotations?limit=5"]);
  assertEquals(page.items.map(({ action }) => action), ["annotation.delete"]);
});

test("RTAN4a, RTAN4b, RTAN4c: listeners get all annotations, or those of a type or of several", async () => {
  await using rig = new Rig();
  const channel = await attached(rig);
  const seen: Record<string, string> = { all: "", one: "", several: "" };
  const note = (what: string) => ({ type }: Annotation) =>
    void (seen[what] = `${seen[what]}${type}`);
  await channel.annotations.subscribe(note("all"));
  await channel.annotations.subscribe("a", note("one"));
  await channel.annotations.subscribe(["a", "b"], note("several"));
  await rig.receive(frame({ type: "a" }, { type: "b" }, { type: "aa" }), frame({ type: "c" }));
  assertEquals(seen, { all: "abaac", one: "a", several: "ab" });
});

test("TAN2: annotations arrive decoded, with the id and the time of their frame", async () => {
  await using rig = new Rig();
  const channel = await attached(rig);
  const seen: Annotation[] = [];
  await channel.annotations.subscribe((annotation) => void seen.push(annotation));
  await rig.receive(frame(
    {
      action: 0,
      type: "t",
      name: "n",
      count: 2,
      serial: "a1",
      messageSerial: "s1",
      clientId: "jim",
    },
    {
      action: 1,
      type: "t",
      data: '{"a":1}',
      encoding: "json",
      id: "own",
      timestamp: 5,
      extras: { h: 1 },
    },
    { action: 9, type: "t", id: null, future: 1 },
  ));
  assertEquals(seen as unknown[], [
    {
      action: "annotation.create",
      type: "t",
      name: "n",
      count: 2,
      serial: "a1",
      messageSerial: "s1",
      clientId: "jim",
      id: "conn:3:0",
      timestamp: 100,
    },
    {
      action: "annotation.delete",
      type: "t",
      data: { a: 1 },
      encoding: null,
      id: "own",
      timestamp: 5,
      extras: { h: 1 },
    },
    { action: "unknown", type: "t", id: "conn:3:2", timestamp: 100, future: 1 }, // RSF1
  ]);
});

test("RTAN5a: unsubscribes a listener, from a type, or everyone", async () => {
  await using rig = new Rig();
  const channel = await attached(rig);
  let [one, two] = ["", ""];
  const first = ({ type }: Annotation) => void (one = `${one}${type}`);
  const second = ({ type }: Annotation) => void (two = `${two}${type}`);
  const next = async () => {
    [one, two] = ["", ""];
    await rig.receive(frame({ type: "a" }, { type: "b" }));
    return [one, two];
  };
  await channel.annotations.subscribe(["a", "b"], first);
  await channel.annotations.subscribe(second);
  channel.annotations.unsubscribe("a", first);
  assertEquals(await next(), ["b", "ab"]);
  channel.annotations.unsubscribe(second);
  assertEquals(await next(), ["b", ""]);
  channel.annotations.unsubscribe("b");
  await channel.annotations.subscribe(second);
  channel.annotations.unsubscribe();
  assertEquals(await next(), ["", ""]);
});

test("RTAN4d: subscribing attaches unless the options say otherwise; the listener stays even if that fails", async () => {
  await using rig = new Rig();
  await rig.accept();
  const quiet = rig.client.channels.get("d", { attachOnSubscribe: false });
  assertEquals([await quiet.annotations.subscribe(() => {}), quiet.state], [null, "initialized"]);
  const channel = rig.client.channels.get("c", { modes: [...ANNOTATIONS.modes] });
  const seen: unknown[] = [];
  const subscribed = failureOf(() =>
    channel.annotations.subscribe(({ type }) => void seen.push(type))
  );
  await rig.settle();
  await rig.receive({ action: Action.Error, channel: "c", error: { code: 40160, message: "No" } });
  assertEquals((await subscribed).code, 40160);
  await rig.attach({ flags: GRANTED });
  assertEquals(await channel.annotations.subscribe("none", () => {}), null);
  await rig.receive(frame({ type: "a" }));
  assertEquals(seen, ["a"]);
});

test("RTAN4e, RTAN4e1: without the granted mode subscribing succeeds with a warning, once an attachment", async () => {
  for (const strictMode of [false, true]) {
    await using rig = new Rig({ strictMode });
    await rig.accept();
    const warnings = () =>
      rig.logged.filter((line) => line.startsWith("warn:") && line.includes("annotation_subscribe"))
        .length;
    const quiet = rig.client.channels.get("d", { attachOnSubscribe: false });
    await quiet.annotations.subscribe(() => {});
    assertEquals(warnings(), 0);
    // Granted is what counts, not what was asked for.
    const channel = await rig.attach({ flags: DEFAULT_MODES }, { modes: [...ANNOTATIONS.modes] });
    assertEquals(await channel.annotations.subscribe(() => {}), null);
    assertEquals(await channel.annotations.subscribe(() => {}), null);
    assertEquals(warnings(), 1);
    await rig.attached("c", { flags: GRANTED });
    await channel.annotations.subscribe(() => {});
    assertEquals(warnings(), 1);
  }
});

test("RTL17: annotations are delivered only while attached; a throwing listener does not stop the others", async () => {
  await using rig = new Rig();
  const channel = await attached(rig);
  const seen: unknown[] = [];
  await channel.annotations.subscribe(() => {
    throw new Error("Oh no");
  });
  await channel.annotations.subscribe(({ type }) => void seen.push(type));
  await rig.receive(frame({ type: "attached" }));
  await rig.lose();
  await rig.accept();
  await rig.receive(frame({ type: "attaching" }));
  await rig.attached("c", { flags: GRANTED });
  const detached = channel.detach();
  await rig.receive(
    frame({ type: "detaching" }),
    { action: Action.Detached, channel: "c" },
    frame({ type: "detached" }),
  );
  await detached;
  assertEquals(seen, ["attached"]);
  assert(rig.logged.some((line) => line.startsWith("error:") && line.includes("Oh no")));
});

test("events(): iterates over annotations of a type", async () => {
  await using rig = new Rig();
  const channel = await attached(rig);
  const items = channel.annotations.events("a");
  await rig.receive(frame({ type: "a", name: "1" }, { type: "b" }, { type: "a", name: "2" }));
  assertEquals([(await items.next()).value.name, (await items.next()).value.name], ["1", "2"]);
  await items.return!();
});

test("TM7, TM8: summaries come as messages, and are read by hand", async () => {
  await using rig = new Rig();
  const channel = await attached(rig);
  const seen: unknown[] = [];
  await channel.subscribe(({ action, serial, annotations }) =>
    void seen.push([action, serial, annotations])
  );
  const summary = { "reaction:total.v1": { total: 3 } };
  await rig.receive({
    action: Action.Message,
    channel: "c",
    messages: [{ action: 4, serial: "s1", annotations: { summary } }],
  });
  assertEquals(seen, [["message.summary", "s1", { summary }]]);
});

test("TAN3, RTAN4b: annotations that somebody has encrypted arrive decrypted, and in order", async () => {
  await using rig = new Rig();
  const params = { key: new Uint8Array(16) };
  const cipher = new AesCbcCipher(getDefaultParams(params));
  const channel = await rig.attach({ flags: GRANTED }, {
    modes: [...ANNOTATIONS.modes],
    cipher: params,
  });
  const seen: unknown[] = [];
  await channel.annotations.subscribe(({ data }) => void seen.push(data));
  const data = toBase64(await encryptOne(cipher, utf8('{"a":1}')));
  const encoding = "json/utf-8/cipher+aes-128-cbc/base64";
  await rig.receive(frame({ type: "t", data, encoding }), frame({ type: "t", data: "plain" }));
  await until(() => seen.length === 2);
  assertEquals(seen, [{ a: 1 }, "plain"]);
});

/** A frame with an id and a position of its own. */
function positioned(id: string, ...annotations: object[]): Frame {
  return { ...frame(...annotations), id, channelSerial: id };
}

const RESUMED = { flags: GRANTED | Flag.Resumed };

test("RTL16a: an annotation that arrives before ATTACHED, and once more after it, is delivered once", async () => {
  for (const cipher of [null, { key: new Uint8Array(16) }]) {
    await using rig = new Rig();
    const options: ChannelOptions = { modes: [...ANNOTATIONS.modes], cipher };
    const channel = await rig.attach({ flags: GRANTED }, options);
    const seen: unknown[] = [];
    await channel.annotations.subscribe(({ type }) => void seen.push(type));
    const set = channel.setOptions({ ...options, params: { delta: "vcdiff" } });
    await rig.settle();
    const repeated = () => [
      positioned("a", { type: "1", serial: "s1" }, { type: "2", serial: "s2" }),
      positioned("b", { type: "3", serial: "s3", id: "own" }),
    ];
    await rig.receive(...repeated());
    await rig.attached("c", RESUMED);
    await set;
    await rig.receive(...repeated(), positioned("c", { type: "4" }), ...repeated());
    // The repetition ends with the first new annotation.
    assertEquals(seen, ["1", "2", "3", "4", "1", "2", "3"]);
  }
});

test("RTL16a: an annotation that the answers to two ATTACHes in a row bring is delivered once", async () => {
  await using rig = new Rig();
  const channel = await attached(rig);
  const seen: unknown[] = [];
  await channel.annotations.subscribe(({ type }) => void seen.push(type));
  const options = (rewind: string) => ({ modes: [...ANNOTATIONS.modes], params: { rewind } });
  const first = channel.setOptions(options("1"));
  const second = channel.setOptions(options("2"));
  await rig.settle();
  await rig.receive(positioned("a", { type: "1" }));
  await rig.attached("c", RESUMED);
  await first;
  await rig.settle();
  await rig.receive(positioned("a", { type: "1" }));
  await rig.attached("c", RESUMED);
  await rig.receive(positioned("a", { type: "1" }), positioned("b", { type: "2" }));
  await second;
  assertEquals(seen, ["1", "2"]);
});

test("RTL16a: messages and annotations that come again do not end the repetition of each other", async () => {
  await using rig = new Rig();
  const channel = await rig.attach({ flags: GRANTED }, { modes: [...ANNOTATIONS.modes] });
  const seen: unknown[] = [];
  await channel.annotations.subscribe(({ type }) => void seen.push(type));
  await channel.subscribe(({ data }) => void seen.push(data));
  const message = (data: string): Frame => ({
    action: Action.Message,
    channel: "c",
    id: data,
    channelSerial: data,
    messages: [{ data }],
  });
  const set = channel.setOptions({ modes: [...ANNOTATIONS.modes], params: { delta: "vcdiff" } });
  await rig.settle();
  await rig.receive(message("m1"), message("m2"));
  await rig.attached("c", RESUMED);
  await set;
  // The new modes include annotations that were not sent before.
  await rig.receive(message("m1"), positioned("a", { type: "a1" }), message("m2"), message("m3"));
  assertEquals(seen, ["m1", "m2", "a1", "m3"]);
});

test("RTL12: after a gap, annotations with an earlier id are delivered", async () => {
  await using rig = new Rig();
  const channel = await attached(rig);
  const seen: unknown[] = [];
  await channel.annotations.subscribe(({ type }) => void seen.push(type));
  const set = channel.setOptions({ modes: [...ANNOTATIONS.modes], params: { delta: "vcdiff" } });
  await rig.settle();
  await rig.receive(positioned("a", { type: "1" }));
  await rig.attached("c", { flags: GRANTED });
  await set;
  await rig.receive(positioned("a", { type: "1" }));
  assertEquals(seen, ["1", "1"]);
});
