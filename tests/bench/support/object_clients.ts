import * as Ably from "ably";
import {
  LiveCounter as AblyCounter,
  LiveMap as AblyMap,
  LiveObjects as AblyPlugin,
} from "ably/liveobjects";
import { Realtime } from "../../../mod.ts";
import { LiveCounter, LiveMap, LiveObjects } from "../../../src/liveobjects/mod.ts";
import type { Codec } from "../../../src/protocol/codec.ts";
import { msgpackCodec } from "../../../src/protocol/msgpack_codec.ts";
import { compare, type Contender } from "./compare.ts";

/** A contender with something to close afterwards. */
export type Closable = Contender & { close(): void | Promise<void> };

/** The format of a client and the port of its server. */
export interface Address {
  readonly codec: Codec;
  readonly port: number;
}

/** The members of the realtime clients of both modules that are used here. */
export interface Client {
  channels: {
    get(name: string, options?: object): Channel;
  };
  close(): void | Promise<void>;
}

/** A channel of either client. */
export interface Channel {
  attach(): Promise<unknown>;
  detach(): Promise<unknown>;
  publish(name: string, data: unknown): Promise<unknown>;
  publish(messages: readonly object[]): Promise<unknown>;
  object: { get(): Promise<Root> };
}

/** A path in the objects of either client. */
export interface Root {
  get(key: string): Root;
  instance(): { subscribe(listener: () => void): unknown } | undefined;
  subscribe(listener: () => void): unknown;
  increment(amount: number): Promise<void>;
  set(key: string, value: unknown): Promise<void>;
  batch(run: (context: { set(key: string, value: unknown): void }) => void): Promise<void>;
  compact(): unknown;
  compactJson(): unknown;
}

/** The values from which either client creates objects. */
export interface Makers {
  map(entries: Record<string, unknown>): unknown;
  counter(count: number): unknown;
}

/** The clients by name. */
export const NAMES = ["@ably-edge/sdk", "ably"] as const;

/** The name of a client of this SDK without the plugin. */
export const WITHOUT_PLUGIN = "without the plugin";

/** Makes a client. */
export function makeClient(name: string, { codec, port }: Address): Client {
  const address = { endpoint: "127.0.0.1", port, tls: false, key: "app.key:secret" };
  const options = { ...address, useBinaryProtocol: codec === msgpackCodec };
  const client = name === "ably"
    ? new Ably.Realtime({ ...options, logLevel: 0, plugins: { LiveObjects: AblyPlugin } })
    : new Realtime({ ...options, plugins: name === WITHOUT_PLUGIN ? {} : { LiveObjects } });
  return client as unknown as Client;
}

/** The makers of a client. */
export function makersOf(name: string): Makers {
  return name === "ably"
    ? {
      map: (entries) => AblyMap.create(entries as never),
      counter: (count) => AblyCounter.create(count),
    }
    : {
      map: (entries) => LiveMap.create(entries as never),
      counter: (count) => LiveCounter.create(count),
    };
}

/** A channel with the modes of objects. */
export function channelOf(client: Client, name: string): Channel {
  return client.channels.get(name, { modes: ["object_subscribe", "object_publish"] });
}

/** Compares contenders, and closes them. */
export async function compareAndClose(
  title: string,
  promised: readonly (Closable | Promise<Closable>)[],
): Promise<void> {
  const contenders = await Promise.all(promised);
  await compare(title, contenders);
  for (const { close } of contenders) await close();
}

/** A WebSocket to the server that has received CONNECTED. */
export function openBare({ codec, port }: Address): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/?format=${codec.format}`);
  socket.binaryType = "arraybuffer";
  return new Promise((resolve) => socket.onmessage = () => resolve(socket));
}
