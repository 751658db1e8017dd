/**
 * The program that every consumer runs with the installed package. Only names of the package are imported here, and only globals that all runtimes have are used.
 *
 * @module
 */
import { Crypto, ErrorInfo, Realtime, Rest } from "@ably-edge/sdk";
import { LiveCounter, LiveObjects } from "@ably-edge/sdk/liveobjects";
import { msgpackCodec } from "@ably-edge/sdk/msgpack";
import { Realtime as SmallRealtime } from "@ably-edge/sdk/realtime";
import { Rest as SmallRest } from "@ably-edge/sdk/rest";
import { eventStream, streamMessages } from "@ably-edge/sdk/sse";
import { createService } from "@ably-edge/sdk/testing";
import { createTokenRequest, signJwt } from "@ably-edge/sdk/token";
import { readWebhook, verifyWebhook } from "@ably-edge/sdk/webhooks";

/** The client options for the local service. */
export interface Address {
  endpoint: string;
  port: number;
  tls: false;
  key: string;
}

type Check = (address: Address) => Promise<void>;

const checks: Record<string, Check> = {
  "REST: publishes and reads history in MessagePack": (address) =>
    exchangeOverRest(new Rest(address)),

  "REST: the small client does so in JSON": (address) => exchangeOverRest(new SmallRest(address)),

  "REST: the small client does so in MessagePack": (address) =>
    exchangeOverRest(new SmallRest({ ...address, plugins: { msgpack: msgpackCodec } })),

  "REST: publishes and reads what is encrypted": async (address) => {
    const cipher = { key: await Crypto.generateRandomKey() };
    const channel = new Rest(address).channels.get(uniqueName(), { cipher });
    await channel.publish("secret", { text: "Hello" });
    same((await channel.history()).items.map(({ data }) => data), [{ text: "Hello" }]);
  },

  "SSE: a stream is passed on": async (address) => {
    const channel = new SmallRest(address).channels.get(uniqueName());
    await channel.publish("greeting", "Hello");
    const stream = streamMessages(channel, { rewind: 1 });
    const reader = eventStream(stream, { data: ({ data }) => data }).body!.getReader();
    await reader.read();
    const { value } = await reader.read();
    same(new TextDecoder().decode(value).split("\n")[1], "data: Hello");
    await reader.cancel();
  },

  "Realtime: publishes and receives in MessagePack": (address) =>
    exchangeOverRealtime(new Realtime(address)),

  "Realtime: the small client does so in JSON": (address) =>
    exchangeOverRealtime(new SmallRealtime(address)),

  "LiveObjects: a counter over realtime and REST": async (address) => {
    const plugins = { LiveObjects };
    const client = new Realtime({ ...address, plugins });
    const name = uniqueName();
    try {
      const modes = ["object_subscribe" as const, "object_publish" as const];
      const root = await client.channels.get(name, { modes }).object.get<{ votes: LiveCounter }>();
      await root.set("votes", LiveCounter.create(5));
      await root.get("votes").increment();
      same(root.get("votes").value(), 6);
      const rest = new Rest({ ...address, plugins });
      same(await rest.channels.get(name).object.get(), { votes: 6 });
    } finally {
      await client.close();
    }
  },

  "Token: a client connects with a token request": (address) =>
    exchangeOverRealtime(
      new Realtime({
        ...withoutKey(address),
        authCallback: () => createTokenRequest(address.key, { clientId: "jim" }),
      }),
    ),

  "Token: a client publishes with a JWT": async (address) => {
    const token = await signJwt(address.key, { clientId: "jim" });
    await exchangeOverRest(new Rest({ ...withoutKey(address), token }));
  },

  "Webhooks: a signed delivery verifies and decodes, a changed one does not": async ({ key }) => {
    const message = { id: "a:0", name: "greeting", data: "Hello", timestamp: 1 };
    const item = {
      webhookId: "w",
      source: "channel.message",
      timestamp: 1,
      data: { channelId: "c", messages: [message] },
    };
    const body = JSON.stringify({ items: [item] });
    const headers = await signature(body, key);
    const request = new Request("https://worker.example/", { method: "POST", headers, body });
    same(await verifyWebhook(request, key), key.split(":")[0]);
    const events = await readWebhook(request, { key });
    same(events.map(({ kind }) => kind), ["message"]);
    const forged = { headers, body: body.replace("Hello", "Other") };
    same(await codeOf(() => verifyWebhook(forged, key)), 40101);
  },

  "Testing: a service in the process serves a client": async () => {
    const service = createService();
    try {
      await exchangeOverRest(new Rest(service.options()));
      await exchangeOverRealtime(new Realtime(service.options()));
    } finally {
      await service.close();
    }
  },

  "Errors: bad options are refused with a code and a remedy": async () => {
    same(await codeOf(() => Promise.resolve(new Rest("no-key:"))), 40005);
  },
};

/** Runs all checks, and prints a line for each that the runner reads. */
export async function smoke(address: Address): Promise<void> {
  for (const [name, check] of Object.entries(checks)) {
    try {
      await check(address);
      console.log(`ok - ${name}`);
    } catch (error) {
      console.log(`not ok - ${name}: ${error instanceof Error ? error.stack : error}`);
    }
  }
  console.log(`ended - ${Object.keys(checks).length}`);
}

async function exchangeOverRest({ channels }: Rest | SmallRest): Promise<void> {
  const channel = channels.get(uniqueName());
  await channel.publish("greeting", { text: "Hello" });
  await channel.publish("greeting", new Uint8Array([1, 2, 3]));
  const found: unknown[] = [];
  for await (const { data } of await channel.history({ direction: "forwards" })) found.push(data);
  same(found.map((data) => data instanceof Uint8Array ? [...data] : data), [
    { text: "Hello" },
    [1, 2, 3],
  ]);
}

async function exchangeOverRealtime(client: Realtime | SmallRealtime): Promise<void> {
  try {
    const channel = client.channels.get(uniqueName());
    const received = new Promise<unknown>((resolve) => {
      channel.subscribe("greeting", ({ data }) => resolve(data)).catch(resolve);
    });
    await channel.publish("greeting", "Hello");
    same(await received, "Hello");
  } finally {
    await client.close();
  }
}

function withoutKey({ endpoint, port, tls }: Address): Omit<Address, "key"> {
  return { endpoint, port, tls };
}

async function signature(body: string, key: string): Promise<Record<string, string>> {
  const [name = "", secret] = key.split(":");
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const bytes = (text: string | undefined) => new TextEncoder().encode(text);
  const imported = await crypto.subtle.importKey("raw", bytes(secret), algorithm, false, ["sign"]);
  const mac = new Uint8Array(await crypto.subtle.sign("HMAC", imported, bytes(body)));
  return {
    "content-type": "application/json",
    "x-ably-version": "1.2",
    "x-ably-key": name,
    "x-ably-signature": btoa(String.fromCharCode(...mac)),
  };
}

async function codeOf(run: () => Promise<unknown>): Promise<number> {
  try {
    await run();
  } catch (error) {
    if (error instanceof ErrorInfo && error.remediation) return error.code;
    throw error;
  }
  throw new Error("Nothing was thrown");
}

let count = 0;

function uniqueName(): string {
  return `smoke-${crypto.randomUUID()}-${count++}`;
}

function same(actual: unknown, expected: unknown): void {
  const [found, wanted] = [actual, expected].map((value) => JSON.stringify(value));
  if (found !== wanted) throw new Error(`Found ${found}, wanted ${wanted}`);
}
