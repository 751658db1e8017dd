import type { Codec } from "../../src/protocol/codec.ts";
import { jsonCodec } from "../../src/protocol/json_codec.ts";
import { msgpackCodec } from "../../src/protocol/msgpack_codec.ts";
import { concatBytes } from "../../src/util/bytes.ts";
import { createService, DEFAULT_KEY } from "../../src/testing/mod.ts";
import { assert, assertEquals } from "../harness.ts";
import { FrameClient } from "./frames.ts";

/** A generator of numbers that are the same on every run with the same seed. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

type Random = () => number;

const pick = <T>(random: Random, items: readonly T[]): T =>
  items[Math.floor(random() * items.length)]!;

const FRAMES: readonly object[] = [
  { action: 0, id: "ping" },
  { action: 10, channel: "c", flags: 0, params: { rewind: "1", delta: "vcdiff" } },
  { action: 10, channel: "mutable:c", params: { modes: "subscribe,object_subscribe" } },
  { action: 10, channel: "[filter=bmFtZQ==]c", channelSerial: "00000000000001-000@local0000000" },
  { action: 12, channel: "c" },
  { action: 14, channel: "c", presence: [{ action: 2, clientId: "jim", data: "x" }] },
  { action: 15, channel: "c", messages: [{ name: "n", data: "AQI=", encoding: "base64" }] },
  { action: 15, channel: "mutable:c", messages: [{ serial: "x", action: 5, data: "d" }] },
  { action: 16, channel: "c" },
  { action: 17, auth: { accessToken: "a.b" } },
  {
    action: 19,
    channel: "c",
    state: [{
      operation: {
        action: 0,
        objectId: "map:x@1",
        mapCreateWithObjectId: { initialValue: "{}", nonce: "0123456789abcdef" },
      },
    }],
  },
  {
    action: 19,
    channel: "c",
    state: [{
      operation: {
        action: 1,
        objectId: "root",
        mapSet: { key: "k", value: { string: "v" } },
      },
    }],
  },
  { action: 21, channel: "mutable:c", annotations: [{ type: "a:flag.v1", messageSerial: "x" }] },
];

function junk(random: Random, depth = 0): unknown {
  const kinds = [
    () => null,
    () => random() < 0.5,
    () => Math.floor(random() * 40) - 5,
    () => random() * 1e300,
    () => "",
    () => "c",
    () => String.fromCharCode(...Array.from({ length: 20 }, () => random() * 65_535)),
    () => "x".repeat(Math.floor(random() * 3000)),
    () => pick(random, ["__proto__", "constructor", ":", "[", "[meta]x", "*", "root"]),
    () => Array.from({ length: Math.floor(random() * 4) }, () => junk(random, depth + 1)),
    () => ({ [String(junk(random, 9))]: junk(random, depth + 1) }),
    () => new Uint8Array(Math.floor(random() * 20)),
  ];
  return pick(random, depth > 4 ? kinds.slice(0, 9) : kinds)();
}

/** The same with something wrong somewhere. */
function mutate(random: Random, value: unknown): unknown {
  if (typeof value !== "object" || value === null || random() < 0.15) return junk(random);
  if (Array.isArray(value)) {
    if (value.length === 0 || random() < 0.3) return [...value, junk(random)];
    const at = Math.floor(random() * value.length);
    return value.map((item, index) => index === at ? mutate(random, item) : item);
  }
  const copy: Record<string, unknown> = { ...value };
  const names = Object.keys(copy);
  const name = pick(random, [...names, "extras", "id", "msgSerial", "flags", "params"]);
  if (random() < 0.1) delete copy[name];
  else copy[name] = mutate(random, copy[name]);
  return copy;
}

function mutateBytes(random: Random, frame: string | Uint8Array<ArrayBuffer>) {
  const cut = Math.floor(random() * frame.length);
  if (random() < 0.5) return frame.slice(0, cut);
  if (typeof frame === "string") return frame.slice(0, cut) + junk(random) + frame.slice(cut + 1);
  const copy = frame.slice();
  copy[cut] = random() * 256;
  return copy;
}

/** The message of a publish, or the body of a request, with a payload that is nested very deeply or is very large. */
function oversized(random: Random, codec: Codec, whole: object): string | Uint8Array<ArrayBuffer> {
  const size = Math.floor(10 ** (2 + random() * 4));
  const member = pick(random, ["data", "extras", "name", "id"]);
  const around = (value: unknown) => codec.encode({ ...whole, messages: [{ [member]: value }] });
  if (random() < 0.5) return around("x".repeat(size));
  const bytes = around(null);
  if (typeof bytes === "string") {
    return bytes.replace("null", () => `${'{"a":['.repeat(size)}1${"]}".repeat(size)}`);
  }
  // Null comes last: it gives way to arrays of one element.
  return concatBytes(bytes.subarray(0, -1), new Uint8Array(size).fill(0x91), new Uint8Array([1]));
}

/**
 * Sends mutated frames. Every error must be one that the contract names, and another connection must be served on.
 *
 * @returns How often each error code was answered.
 */
export async function fuzzFrames(rounds: number, seed: number): Promise<Map<number, number>> {
  const random = seeded(seed);
  const codes = new Map<number, number>();
  await using service = createService({ key: DEFAULT_KEY, logLimit: 0 });
  const witness = await FrameClient.connect(service, { params: { clientId: "witness" } });
  await witness.attach("witness");
  let client: FrameClient | undefined;
  for (let round = 0; round < rounds; round++) {
    const format = pick(random, ["json", "msgpack"] as const);
    if (client === undefined || client.socket.readyState !== 1) {
      client = await FrameClient.connect(service, { format });
    }
    const codec = client.socket.url.includes("msgpack") ? msgpackCodec : jsonCodec;
    let frame = { msgSerial: round, ...pick(random, FRAMES) } as object;
    if (random() < 0.9) frame = mutate(random, frame) as object;
    if (random() < 0.3) frame = mutate(random, frame) as object;
    let bytes = codec.encode(frame ?? null);
    if (random() < 0.05) bytes = mutateBytes(random, bytes);
    if (random() < 0.01) {
      bytes = oversized(random, codec, { action: 15, channel: "c", msgSerial: round });
    }
    client.socket.send(bytes);
    if (round % 20 !== 19) continue;
    witness.received.length = 0;
    const ack = await witness.publish("witness", { name: String(round) });
    assertEquals(ack.action, 1);
    for (const { error, action } of client.received.splice(0)) {
      if (error === undefined) continue;
      codes.set(error.code!, (codes.get(error.code!) ?? 0) + 1);
      assert(error.code !== 50000, `action ${action}: ${error.message}`);
    }
  }
  await witness.close();
  return codes;
}

const REQUESTS: readonly [string, string, unknown][] = [
  ["POST", "/apps", { keys: [{ capability: "{}" }], namespaces: [{ id: "x" }] }],
  ["POST", "/keys/localApp.root/requestToken", { keyName: "localApp.root", nonce: "n", mac: "m" }],
  ["POST", "/keys/localApp.rootRevocable/revokeTokens", { targets: ["clientId:x"] }],
  ["POST", "/channels/c/messages", [{ name: "n", data: { a: 1 }, extras: { push: {} } }]],
  ["GET", "/channels/c/messages?limit=10&start=1&end=2&direction=forwards&from=x", undefined],
  ["POST", "/messages", { channels: ["a", "b"], messages: { name: "n" } }],
  ["GET", "/presence?channels=a,b", undefined],
  ["GET", "/channels/c/presence?limit=1&clientId=x", undefined],
  ["PATCH", "/channels/mutable%3Ac/messages/x", { action: 1, data: "x", version: {} }],
  ["POST", "/channels/mutable%3Ac/messages/x/annotations", [{ type: "a:flag.v1" }]],
  ["GET", "/stats?unit=hour&start=2025-01-01&end=2025", undefined],
  ["POST", "/stats", [{ intervalId: "2025-02-03:15:03", inbound: {} }]],
  ["PUT", "/push/deviceRegistrations/d", { platform: "ios", formFactor: "phone", push: {} }],
  ["POST", "/push/channelSubscriptions", { channel: "pushenabled:c", clientId: "x" }],
  ["DELETE", "/push/channelSubscriptions?clientId=x", undefined],
  ["POST", "/push/deviceRegistrations", {
    id: "e",
    platform: "ios",
    formFactor: "phone",
    push: { recipient: { transportType: "ablyChannel", channel: "c", ablyKey: DEFAULT_KEY } },
  }],
  ["PATCH", "/push/deviceRegistrations/e", { metadata: {}, push: { recipient: {} } }],
  ["POST", "/push/channelSubscriptions", { channel: "pushenabled:c", deviceId: "e" }],
  ["POST", "/channels/pushenabled%3Ac/messages", { extras: { push: { data: {} } } }],
  ["POST", "/push/batch/publish", [{ recipient: { deviceId: "e" }, payload: { data: {} } }]],
  ["POST", "/_service/faults", {
    http: { path: "/none", method: "GET" },
    effect: { respond: { status: 204, headers: { a: "b" } } },
    times: 1,
  }],
  ["POST", "/push/publish", { recipient: { clientId: "x" }, data: {} }],
  ["POST", "/channels/c/object", [{ path: "a.b", mapSet: { key: "k", value: { string: "v" } } }]],
  ["GET", "/channels/c/object/root?path=a.*.b&compact=false", undefined],
];

/** Sends mutated requests: none may be answered with a status of 500 or above. */
export async function fuzzRequests(rounds: number, seed: number): Promise<Map<number, number>> {
  const random = seeded(seed);
  const statuses = new Map<number, number>();
  await using service = createService({ key: DEFAULT_KEY, logLimit: 0 });
  for (let round = 0; round < rounds; round++) {
    const [method, path, body] = pick(random, REQUESTS);
    const codec = pick(random, [jsonCodec, msgpackCodec]);
    const mutated = method === "GET" ? undefined : codec.encode(mutate(random, body) ?? null);
    let bytes = mutated !== undefined && random() < 0.1 ? mutateBytes(random, mutated) : mutated;
    if (mutated !== undefined && random() < 0.01) {
      bytes = oversized(random, codec, { channels: ["a"] });
    }
    const response = await service.fetch(random() < 0.8 ? path : mutatePath(random, path), {
      method,
      headers: {
        Authorization: random() < 0.97 ? `Basic ${btoa(service.key)}` : "Basic nonsense",
        "Content-Type": codec.contentType,
      },
      body: bytes,
    });
    const text = await response.text();
    if (path.endsWith("/faults")) service.faults.clear();
    statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
    assert(response.status < 500, `${method} ${path}: ${text}`);
  }
  return statuses;
}

function mutatePath(random: Random, path: string): string {
  const cut = 1 + Math.floor(random() * (path.length - 1));
  const piece = pick(random, ["", "%", "%00", "%2F", "/", "?", "&&=", "a".repeat(2000), "%F0%9F"]);
  return path.slice(0, cut) + piece + path.slice(cut + 1);
}
