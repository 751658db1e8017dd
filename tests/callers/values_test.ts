import { Annotation, Crypto, ErrorInfo, Message, PresenceMessage } from "../../mod.ts";
import { createService } from "../../src/testing/mod.ts";
import { readWebhook, verifyWebhook, webhookHandler } from "../../src/webhooks/mod.ts";
import { KEY, MESSAGE_ITEM, signature } from "../webhooks/support/deliveries.ts";
import { type Call, testCalls } from "./support/calls.ts";

const CIPHER = { key: new Uint8Array(16).fill(7), keyLength: 128, algorithm: "AES", mode: "cbc" };
const WIRE_MESSAGE = {
  id: "m1",
  name: "placed",
  data: '{"a":1}',
  encoding: "json",
  clientId: "jim",
  connectionId: "conn",
  timestamp: 5,
  action: 1,
  serial: "s1",
  extras: { headers: { a: 1 } },
  version: { serial: "s2" },
  annotations: { summary: { a: 1 } },
};
const WIRE_PRESENCE = {
  id: "conn:0:0",
  action: 2,
  clientId: "jim",
  connectionId: "conn",
  data: '{"a":1}',
  encoding: "json",
  timestamp: 5,
  extras: { headers: { a: 1 } },
};
const WIRE_ANNOTATION = {
  id: "a1",
  action: 1,
  clientId: "jim",
  name: "👍",
  count: 2,
  data: '{"a":1}',
  encoding: "json",
  timestamp: 5,
  serial: "s1",
  messageSerial: "s0",
  type: "reaction:multiple.v1",
  extras: { a: 1 },
};
const BODY = JSON.stringify({ items: [MESSAGE_ITEM] });

async function delivery() {
  return { headers: await signature(BODY), body: BODY };
}

/** Messages, presence messages and annotations are made in the same ways. */
function statics(
  name: string,
  of: typeof Message | typeof PresenceMessage | typeof Annotation,
  wire: object,
): Call[] {
  const given = { ...wire };
  return [
    {
      name: `${name}.fromEncoded(encoded)`,
      given,
      ready: () => (encoded: never) => of.fromEncoded(encoded),
    },
    {
      name: `${name}.fromEncodedArray([encoded])`,
      given,
      ready: () => (encoded: never) => of.fromEncodedArray([encoded]),
    },
    {
      name: `${name}.fromValues(values)`,
      given,
      ready: () => async (values: never) => await of.fromValues(values),
    },
    {
      name: `${name}.fromEncoded(encoded, options)`,
      given: { cipher: { key: new Uint8Array(3) } },
      ready: () => (options: never) =>
        of.fromEncoded(wire, options).catch(({ code, message }) => [code, message]),
      takesAll: true,
    },
  ];
}

/** The effect of a limit; anything else is an error. */
function tooLarge(error: ErrorInfo): number {
  if (error.code === 40_009) return error.code;
  throw error;
}

testCalls([
  {
    name: "Crypto.getDefaultParams(options)",
    given: CIPHER,
    ready: () => async (options: never) => await Crypto.getDefaultParams(options),
  },
  ...statics("Message", Message, WIRE_MESSAGE),
  ...statics("PresenceMessage", PresenceMessage, WIRE_PRESENCE),
  ...statics("Annotation", Annotation, WIRE_ANNOTATION),
  {
    name: "new ErrorInfo(values)",
    given: { message: "m", code: 40_003, statusCode: 400, href: "h", remediation: "r" },
    ready: () => async (values: never) => await new ErrorInfo(values).toJSON(),
    takesAll: true,
  },
  {
    name: "readWebhook(delivery, options)",
    given: { key: KEY, maxBodySize: 10_000 },
    ready: async () => {
      const given = await delivery();
      return async (options: never) => await readWebhook(given, options);
    },
  },
  {
    name: "readWebhook(delivery, { plugins })",
    given: { msgpack: { decode: () => JSON.parse(BODY) } },
    ready: async () => {
      const { headers } = await delivery();
      const given = {
        headers: { ...headers, "content-type": "application/x-msgpack" },
        body: BODY,
      };
      return (plugins: never) => readWebhook(given, { key: KEY, plugins });
    },
  },
  {
    name: "readWebhook(delivery)",
    given: { headers: {}, body: BODY },
    ready: () => (given: never) => readWebhook(given, { allowUnsigned: true }),
  },
  {
    name: "readWebhook({ headers })",
    given: () => signature(BODY),
    ready: () => (headers: never) => readWebhook({ headers, body: BODY }, { key: KEY }),
    isOpen: true,
    takesAll: true, // Pairs are headers as well.
  },
  {
    name: "verifyWebhook(delivery, keys, options)",
    given: { maxBodySize: 10 },
    ready: async () => {
      const given = await delivery();
      return (options: never) => verifyWebhook(given, KEY, options).catch(tooLarge);
    },
  },
  {
    name: "webhookHandler(options, handle)",
    given: { key: KEY, maxBodySize: 10_000 },
    ready: async () => {
      const headers = await signature(BODY);
      return async (options: never) => {
        const handled: unknown[] = [];
        const handler = webhookHandler(options, (event) => void handled.push(event));
        const request = new Request("https://example.com/", {
          method: "POST",
          body: BODY,
          headers,
        });
        return [(await handler(request)).status, handled];
      };
    },
  },
  {
    name: "createService(options)",
    given: { key: "app.key:secret", logLimit: 0 },
    ready: () => async (options: never) => {
      await using service = createService(options);
      await service.fetch("/time");
      return [service.key, service.log.requests().length];
    },
  },
]);
