import { toBase64, utf8 } from "../../../src/util/bytes.ts";

export const KEY = "appId.keyId:secret-of-the-key";
export const OLD_KEY = "appId.oldId:secret-of-the-old-key";
export const FOREIGN_KEY = "other.keyId:secret-of-another-app";

export type Body = string | Uint8Array<ArrayBuffer>;

export function requestOf(body: Body, headers: Record<string, string> = {}): Request {
  return new Request("https://worker.example/webhook", {
    method: "POST",
    headers: { "content-type": "application/json", "x-ably-version": "1.2", ...headers },
    body,
  });
}

/** The headers that sign a body. */
export async function signature(body: Body, key = KEY): Promise<Record<string, string>> {
  const [name, secret] = key.split(":") as [string, string];
  const bytes = typeof body === "string" ? utf8(body) : body;
  const mac = await hmac(secret, bytes);
  return { "x-ably-key": name.split(".")[1]!, "x-ably-signature": toBase64(mac) };
}

async function hmac(secret: string, bytes: Uint8Array<ArrayBuffer>) {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", utf8(secret), algorithm, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", key, bytes));
}

export async function signed(body: object | Body, key = KEY): Promise<Request> {
  const raw = typeof body === "string" || body instanceof Uint8Array ? body : JSON.stringify(body);
  return requestOf(raw, await signature(raw, key));
}

// The examples of Ably's documentation, shortened.
export const MESSAGE_ITEM = {
  webhookId: "ABcDEf",
  source: "channel.message",
  serial: "a7bcdEFghIjklm123456789:4",
  timestamp: 1562124922426,
  name: "channel.message",
  data: {
    channelId: "my-channel-4",
    site: "eu-west-1-A",
    messages: [{
      id: "ABcDefgHIj:1:0",
      clientId: "user-3",
      connectionId: "ABcDefgHIj",
      timestamp: 1123145678900,
      data: "the message data",
      name: "a message name",
    }],
  },
};

export const PRESENCE_ITEM = {
  webhookId: "ABcDEf",
  source: "channel.presence",
  serial: "a7bcdEFghIjklm123456789:5",
  timestamp: 1562124922426,
  name: "presence.message",
  data: {
    channelId: "education-channel",
    site: "eu-west-1-A",
    presence: [{
      id: "ABcDefgHIj:1:0",
      clientId: "bob",
      connectionId: "ABcDefgHIj",
      timestamp: 1123145678900,
      data: "the message data",
      action: 4,
    }],
  },
};

export const METRICS = {
  connections: 1,
  publishers: 1,
  subscribers: 1,
  presenceConnections: 1,
  presenceMembers: 0,
  presenceSubscribers: 1,
  objectPublishers: 1,
  objectSubscribers: 1,
};

export const LIFECYCLE_ITEM = {
  webhookId: "ABcDEf",
  source: "channel.lifecycle",
  timestamp: 1562124922426,
  serial: "a7bcdEFghIjklm123456789:6",
  name: "channel.opened",
  data: {
    channelId: "my-channel-5",
    name: "my-channel-5",
    status: { isActive: true, occupancy: { metrics: METRICS } },
  },
};

export const OCCUPANCY_ITEM = {
  webhookId: "ABcDEf",
  source: "channel.occupancy",
  timestamp: 1562124922426,
  serial: "a7bcdEFghIjklm123456789:7",
  name: "channel.occupancy",
  data: {
    channelId: "my-channel-5",
    status: { occupancy: { metrics: { connections: 3, publishers: 2 } } },
  },
};

export const MESSAGE_ENVELOPE = {
  source: "channel.message",
  appId: "aBCdEf",
  channel: "channel-name",
  site: "eu-central-1-A",
  ruleId: "1-a2Bc",
  messages: [{
    id: "ABcDefgHIj:1:0",
    connectionId: "ABcDefgHIj",
    timestamp: 1123145678900,
    data: "some message data",
    name: "my message name",
  }],
};
