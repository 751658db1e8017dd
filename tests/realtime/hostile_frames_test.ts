import type { RealtimeChannel } from "../../mod.ts";
import { AesCbcCipher } from "../../src/crypto/aes_cbc.ts";
import { getDefaultParams } from "../../src/crypto/cipher_params.ts";
import { Action } from "../../src/protocol/actions.ts";
import { ANNOTATION, DETAILS, FRAME, MESSAGE, PRESENCE } from "../support/frame_fields.ts";
import { assert, assertEquals, test } from "../harness.ts";
import { until } from "../support/outcomes.ts";
import { type Frame, Rig } from "../support/realtime_rig.ts";
import { encodedPayload } from "../support/payloads.ts";

const KEY = new Uint8Array(16).fill(3);
const cipher = new AesCbcCipher(getDefaultParams({ key: KEY }));
const NOISE = "\u001b[2J\u0000\u202e\r\n\u009b";

function nested(depth: number, wrap: (value: unknown) => unknown): unknown {
  let value: unknown = {};
  for (let i = 0; i < depth; i++) value = wrap(value);
  return value;
}

const VALUES: unknown[] = [
  null,
  true,
  -1,
  0.5,
  0,
  2 ** 53,
  1e308,
  "",
  "5",
  NOISE,
  "x".repeat(2_000),
  [],
  [null, 5, "x", [[]]],
  {},
  { length: -1, toString: 5, then: 5 },
  { constructor: 5, hasOwnProperty: 5 },
  new Uint8Array([1, 2, 3]),
  nested(40, (cause) => ({ cause })),
  nested(40, (inner) => [inner]),
];

/**
 * Deno sends every value in every field. The other runtimes run the same code more slowly, so there each field gets a share of
 * the values, another share from field to field.
 */
const SHARE = "Deno" in globalThis ? 1 : 8;

/** The values for one field. The start moves on from field to field. */
function valuesFor(field: number, share: number): unknown[] {
  return VALUES.filter((_, index) => (index + field * 5) % share === 0);
}

/** The frames that are handled after a cipher has worked. */
const CIPHERED: readonly number[] = [
  Action.Message,
  Action.Presence,
  Action.Sync,
  Action.Annotation,
  Action.Object,
  Action.ObjectSync,
];

const ERROR_FIELDS = ["code", "statusCode", "message", "href", "cause", "detail", "remediation"];

/** The names of the fields of a frame, and of the things in it, each with a frame that has a value there. */
function* frames(): Generator<[what: string, make: (value: unknown) => Record<string, unknown>]> {
  const actions = [...Object.values(Action), 22, 99, -1, 1.5];
  for (const action of actions) {
    for (const field of Object.keys(FRAME)) {
      yield [`${action}.${field}`, (value) => ({ action, channel: "c", [field]: value })];
      if (field === "channel") continue;
      yield [`${action}.${field} of the connection`, (value) => ({ action, [field]: value })];
    }
  }
  const items = [
    [Action.Message, "messages", MESSAGE],
    [Action.Presence, "presence", PRESENCE],
    [Action.Sync, "presence", PRESENCE],
    [Action.Annotation, "annotations", ANNOTATION],
  ] as const;
  for (const [action, list, kinds] of items) {
    for (const field of [...Object.keys(kinds), "delta", "serial:x"]) {
      yield [`${list}.${field}`, (value) => {
        const item = field === "delta"
          ? { extras: { delta: value }, encoding: "vcdiff", data: "x" }
          : { action: 2, clientId: "jim", data: "x", encoding: "json", [field]: value };
        return { action, channel: "c", id: "f:1", connectionId: "f", [list]: [item, value, {}] };
      }];
    }
    yield [`${list}.version`, (value) => ({
      action,
      channel: "c",
      [list]: [{ version: { serial: value, timestamp: value } }, {
        annotations: { summary: value },
      }],
    })];
  }
  for (const field of Object.keys(DETAILS)) {
    yield [`details.${field}`, (value) => ({
      action: Action.Connected,
      connectionId: "id-1",
      connectionDetails: { connectionKey: "key", [field]: value },
    })];
  }
  for (const field of ERROR_FIELDS) {
    for (
      const action of [
        Action.Nack,
        Action.Disconnected,
        Action.Error,
        Action.Detached,
        Action.Connected,
      ]
    ) {
      yield [`${action}.error.${field}`, (value) => ({
        action,
        msgSerial: 0,
        ...(action !== Action.Disconnected && { channel: "c" }),
        error: { [field]: value },
      })];
    }
  }
}

/** A client under attack, and the good messages that must still arrive. */
class Attacked {
  readonly rig: Rig;
  readonly #encrypted: boolean;
  readonly #format: "json" | "msgpack";
  readonly #seen: string[] = [];
  #channel!: RealtimeChannel;
  #payload: object = {};
  #sent: string[] = [];
  hostile = 0;

  constructor(options: { useBinaryProtocol: boolean; encrypted: boolean }) {
    this.rig = new Rig({ useBinaryProtocol: options.useBinaryProtocol, logLevel: "error" });
    this.#encrypted = options.encrypted;
    this.#format = options.useBinaryProtocol ? "msgpack" : "json";
  }

  async start(): Promise<void> {
    if (this.#encrypted) {
      this.#payload = await encodedPayload("secret", undefined, {
        format: this.#format,
        cipher,
      });
    }
    const options = this.#encrypted ? { cipher: { key: KEY } } : undefined;
    this.#channel = await this.rig.attach(null, options);
    await this.#channel.subscribe(({ name }) =>
      void (name?.startsWith("good") && this.#seen.push(name))
    );
    await this.#channel.presence.subscribe(() => {});
  }

  /** Sends a hostile frame, and when the client is back where it was, a good message. */
  async attack(frame: Record<string, unknown>): Promise<void> {
    this.hostile++;
    this.rig.line.send(frame);
    await this.rig.settle();
    await this.recover();
    const name = `good ${this.#sent.length}`;
    this.#sent.push(name);
    await this.rig.receive({
      action: Action.Message,
      channel: "c",
      id: name,
      channelSerial: name,
      messages: [{ name, ...this.#payload }],
    } as Frame);
  }

  /** Does what the service and time do: only a reported failure may be left for the user to repair. */
  async recover(): Promise<void> {
    const { rig } = this;
    const { connection } = rig.client;
    for (let turn = 0; turn < 40; turn++) {
      if (connection.state === "failed" || connection.state === "closed") connection.connect();
      if (connection.state === "connecting") await rig.accept();
      else if (connection.state !== "connected") await rig.clock.advance(31_000);
      else if (this.#channel.state === "attached") return;
      else if (this.#channel.state === "attaching") await rig.attached("c");
      else {
        this.#channel.attach().catch(() => {});
        await rig.settle();
      }
    }
    throw new Error(`Stuck: ${connection.state}, ${this.#channel.state}`);
  }

  async delivered(what: string): Promise<void> {
    let turns = 0;
    await until(() => this.#seen.length >= this.#sent.length || turns++ > 500);
    assertEquals(this.#seen, this.#sent, what);
    this.#seen.length = this.#sent.length = 0;
    this.rig.logged.length = 0;
    for (const { frames, raw } of this.rig.network.lines) frames.length = raw.length = 0;
  }
}

/** Collects unhandled rejections during a run. */
async function uncaught(run: () => Promise<void>): Promise<unknown[]> {
  const found: unknown[] = [];
  const listener = (event: Event) => {
    event.preventDefault();
    found.push((event as unknown as { reason: unknown }).reason);
  };
  globalThis.addEventListener?.("unhandledrejection", listener);
  try {
    await run();
    await new Promise((resolve) => setTimeout(resolve, 5));
  } finally {
    globalThis.removeEventListener?.("unhandledrejection", listener);
  }
  return found;
}

for (const useBinaryProtocol of [false, true]) {
  const format = useBinaryProtocol ? "MessagePack" : "JSON";

  for (const encrypted of [false, true]) {
    const kind = `${format}${encrypted ? ", encrypted" : ""}`;
    test(`RSF1: all fields of all frames, with values of all kinds, while connected (${kind})`, async () => {
      const found = await uncaught(async () => {
        const attacked = new Attacked({ useBinaryProtocol, encrypted });
        await using _rig = attacked.rig;
        await attacked.start();
        let fields = 0;
        for (const [what, make] of frames()) {
          // Other frames do not wait for the cipher.
          if (encrypted && !CIPHERED.includes(make(null).action as number)) continue;
          for (const value of valuesFor(fields, SHARE)) await attacked.attack(make(value));
          if (++fields % 50 === 0) await attacked.delivered(`until ${what}`);
        }
        await attacked.delivered("the last ones");
        const least = (encrypted ? 4_500 : 15_000) / SHARE;
        assert(attacked.hostile > least, String(attacked.hostile));
      });
      assertEquals(found, []);
    });
  }

  test(`RTN14: all fields of all frames, with values of all kinds, while connecting (${format})`, async () => {
    const found = await uncaught(async () => {
      await using rig = new Rig({ useBinaryProtocol, logLevel: "error" });
      const { connection } = rig.client;
      await rig.settle();
      let hostile = 0;
      let fields = 0;
      for (const [what, make] of frames()) {
        // Each attempt costs a socket, so every field gets a third of the values, or less where SHARE is more.
        for (const value of valuesFor(fields++, Math.max(3, SHARE))) {
          if (connection.state === "connected") await rig.lose();
          if (connection.state !== "connecting") connection.connect();
          await rig.settle();
          assertEquals(connection.state, "connecting", what);
          rig.line.send(make(value));
          await rig.settle();
          hostile++;
        }
        rig.logged.length = 0;
        rig.network.lines.splice(0, rig.network.lines.length - 1);
      }
      for (let turn = 0; turn < 9 && connection.state !== "connected"; turn++) {
        if (connection.state === "failed" || connection.state === "closed") connection.connect();
        if (connection.state === "connecting") await rig.accept();
        else await rig.clock.advance(31_000);
      }
      assertEquals(connection.state, "connected");
      assert(hostile > 15_000 / Math.max(3, SHARE), String(hostile));
    });
    assertEquals(found, []);
  });
}

test("TI1: errors nested 20,000 deep are read to a limited depth", async () => {
  const deep = '{"message":"m","code":40000,"cause":'.repeat(20_000) + "null" + "}".repeat(20_000);
  await using rig = new Rig({ autoConnect: true });
  await rig.settle();
  rig.line.sendRaw(
    `{"action":4,"connectionId":"a","connectionDetails":{"connectionKey":"k"},"error":${deep}}`,
  );
  await rig.settle();
  assertEquals(rig.client.connection.state, "connected");
  const channel = rig.client.channels.get("c");
  const refused = channel.publish("n", "d").then(() => undefined, (error) => error);
  await rig.settle();
  rig.line.sendRaw(`{"action":2,"msgSerial":0,"count":1,"error":${deep}}`);
  let depth = 0;
  for (let error = await refused; error; error = error.cause) depth++;
  assert(depth > 5 && depth < 50, String(depth));
});

test("RTN7b: an ACK or NACK without a valid serial settles no publish", async () => {
  await using rig = new Rig();
  await rig.accept();
  const channel = rig.client.channels.get("c");
  const published = channel.publish("n", "d");
  await rig.settle();
  for (const wrong of [0.5, -1, "0", 1e9, {}, [0]]) {
    await rig.receive({ action: Action.Ack, msgSerial: wrong as number, count: 1 });
    await rig.receive({ action: Action.Nack, msgSerial: wrong as number, count: 1 });
  }
  await rig.receive({ action: Action.Ack, msgSerial: 0, count: 0.5 });
  await rig.receive({ action: Action.Ack, msgSerial: 0, count: 1e15, res: [{ serials: ["s"] }] });
  assertEquals((await published).serials, ["s"]);
});

test("CD2: limits that are not whole numbers change nothing", async () => {
  await using rig = new Rig();
  const details = {
    connectionKey: "k",
    maxFrameSize: -1,
    maxMessageSize: "x",
    maxIdleInterval: -1,
    connectionStateTtl: 0.5,
    clientId: {},
  };
  await rig.accept({ details: details as never });
  assertEquals([rig.client.connection.state, rig.client.auth.clientId], ["connected", undefined]);
  const channel = rig.client.channels.get("c");
  const large = await channel.publish("n", "x".repeat(70_000)).then(() => 0, ({ code }) => code);
  assertEquals(large, 40009);
  const fine = channel.publish("n", "fine");
  await rig.acknowledge();
  await fine;
});
