/**
 * The contenders for the cost of publishing over REST: bare `fetch` without an SDK (the floor), `fetch` with a deadline, this
 * SDK, and `ably`. They run in the process of a benchmark and in a Worker.
 *
 * @module
 */
import * as Ably from "ably";
import { Rest } from "../../../mod.ts";
import type { Codec } from "../../../src/protocol/codec.ts";
import { jsonCodec } from "../../../src/protocol/json_codec.ts";
import { msgpackCodec } from "../../../src/protocol/msgpack_codec.ts";
import type { Job } from "./realtime_contenders.ts";

const PUBLISHES = 300;
const DATA = { text: "a payload of about one hundred bytes, as the table has it", index: 1 };

/** Ways to publish, by name. */
export const PUBLISHERS: Record<string, (codec: Codec, port: number) => () => Promise<unknown>> = {
  "bare fetch": (codec, port) => () => barePublish(codec, port),
  "fetch with a deadline": (codec, port) => () => publishInTime(codec, port),
  "@ably-edge/sdk": (codec, port) => {
    const { channels } = new Rest(optionsOf(codec, port));
    return () => channels.get("c").publish("event", DATA);
  },
  "ably": (codec, port) => {
    const { channels } = new Ably.Rest({ ...optionsOf(codec, port), logLevel: 0 });
    return () => channels.get("c").publish("event", DATA);
  },
};

/** Makes a contender that publishes messages one after another. */
export function restPublisher(name: string, format: string, port: number): Job {
  const publish = PUBLISHERS[name]!(format === "json" ? jsonCodec : msgpackCodec, port);
  return {
    units: PUBLISHES,
    async work() {
      for (let i = 0; i < PUBLISHES; i++) await publish();
    },
    close: () => {},
  };
}

/** The options of a client for the server of the benchmark. */
export function optionsOf({ format }: Codec, port: number) {
  const useBinaryProtocol = format === "msgpack";
  return { endpoint: "127.0.0.1", port, tls: false, key: "app.key:secret", useBinaryProtocol };
}

/** The headers of a request without an SDK. */
export function headers({ contentType }: Codec): Record<string, string> {
  return {
    authorization: `Basic ${btoa("app.key:secret")}`,
    accept: contentType,
    "content-type": contentType,
    "x-ably-version": "6",
  };
}

/** Reads a response without an SDK. */
export async function decode(codec: Codec, response: Response): Promise<unknown> {
  if (codec.format === "json") return await response.json();
  return codec.decode(new Uint8Array(await response.arrayBuffer()));
}

async function publishInTime(codec: Codec, port: number): Promise<unknown> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), 10_000);
  try {
    return await barePublish(codec, port, controller.signal);
  } finally {
    clearTimeout(timer);
  }
}

async function barePublish(codec: Codec, port: number, signal?: AbortSignal): Promise<unknown> {
  const id = btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(9))));
  const body = codec.encode([
    { name: "event", data: JSON.stringify(DATA), encoding: "json", id: `${id}:0` },
  ]);
  const response = await fetch(`http://127.0.0.1:${port}/channels/c/messages`, {
    method: "POST",
    headers: headers(codec),
    body,
    signal,
  });
  return await decode(codec, response);
}
