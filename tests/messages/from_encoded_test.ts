import { Annotation, Crypto, Message, PresenceMessage } from "../../mod.ts";
import { AesCbcCipher } from "../../src/crypto/aes_cbc.ts";
import { assert, assertEquals, test } from "../harness.ts";
import { failureOf } from "../support/rest_clients.ts";
import { encodedPayload } from "../support/payloads.ts";

/** Runs something and collects what it writes to the console's error log. */
async function withErrorLog<T>(run: () => Promise<T>): Promise<[T, string[]]> {
  const logged: string[] = [];
  const original = console.error;
  console.error = (text: string) => void logged.push(text);
  try {
    return [await run(), logged];
  } finally {
    console.error = original;
  }
}

test("TM3: decodes a message, and leaves the object alone", async () => {
  const encoded = Object.freeze({
    id: "i",
    name: "n",
    data: "eyJhIjoxfQ==",
    encoding: "json/utf-8/base64",
    action: 1,
    serial: "s",
    timestamp: 5,
    version: Object.freeze({ clientId: "ann" }),
    annotations: Object.freeze({}),
    future: 1,
  });
  assertEquals<unknown>(await Message.fromEncoded(encoded), {
    id: "i",
    name: "n",
    data: { a: 1 },
    encoding: null,
    action: "message.update",
    serial: "s",
    timestamp: 5,
    version: { clientId: "ann", serial: "s", timestamp: 5 },
    annotations: { summary: {} },
    future: 1,
  });
});

test("TM5: every action by name, from the future too", async () => {
  const encoded = [undefined, 0, 1, 2, 3, 4, 5, 6, -1].map((action) => ({ action }));
  assertEquals((await Message.fromEncodedArray(encoded)).map(({ action }) => action), [
    "message.create",
    "message.create",
    "message.update",
    "message.delete",
    "meta",
    "message.summary",
    "message.append",
    "unknown",
    "unknown",
  ]);
});

test("TP2, TP3h, TP4: decodes presence messages", async () => {
  const encoded = [0, 1, 2, 3, 4, 5].map((action) =>
    Object.freeze({
      action,
      clientId: "ann",
      connectionId: "x",
      data: "e30=",
      encoding: "json/utf-8/base64",
    })
  );
  const decoded = await PresenceMessage.fromEncodedArray(encoded);
  assertEquals(decoded.map(({ action }) => action), [
    "absent",
    "present",
    "enter",
    "leave",
    "update",
    "unknown",
  ]);
  const one = await PresenceMessage.fromEncoded(encoded[2]!);
  assertEquals([one.memberKey, one.data, one.encoding], ["x:ann", {}, null]);
});

test("TAN3: decodes annotations", async () => {
  const encoded = [0, 1, 2].map((action) => Object.freeze({ action, type: "t", data: "d" }));
  const decoded = await Annotation.fromEncodedArray(encoded);
  assertEquals(decoded.map(({ action }) => action), [
    "annotation.create",
    "annotation.delete",
    "unknown",
  ]);
  assertEquals((await Annotation.fromEncoded({ data: "[1]", encoding: "json" })).data, [1]);
});

test("TM3, TP4, TAN3: decrypts with the cipher of the channel options", async () => {
  const key = await Crypto.generateRandomKey();
  const cipher = new AesCbcCipher(Crypto.getDefaultParams({ key }));
  const wire = await encodedPayload({ secret: 1 }, null, { format: "json", cipher });
  for (const statics of [Message, PresenceMessage, Annotation]) {
    for (const options of [{ cipher: { key } }, { cipher: Crypto.getDefaultParams({ key }) }]) {
      const { data, encoding } = await statics.fromEncoded(wire, options);
      assertEquals([data, encoding], [{ secret: 1 }, null]);
      const [other] = await statics.fromEncodedArray([wire, wire], options);
      assertEquals(other!.data, { secret: 1 });
    }
  }
});

test("TM3, RSL6b: what cannot be decoded stays named, and is logged", async () => {
  const encoded = { data: "AQ==", encoding: "utf-8/cipher+aes-128-cbc/base64" };
  const [message, logged] = await withErrorLog(() => Message.fromEncoded(encoded));
  assertEquals([message.data, message.encoding], [
    new Uint8Array([1]),
    "utf-8/cipher+aes-128-cbc",
  ]);
  assertEquals(logged.length, 1);
  assert(logged[0]!.includes("help.ably.io/error/40013"));
});

test("TM3, TP4, TAN3: refuse what is not encoded", async () => {
  // deno-lint-ignore no-explicit-any
  const bad = (value: unknown) => value as any;
  for (const statics of [Message, PresenceMessage, Annotation]) {
    for (const value of [undefined, null, "{}", 5, [{}]]) {
      const error = await failureOf(() => statics.fromEncoded(bad(value)));
      assertEquals([error.code, error.statusCode], [40013, 400]);
      assert(error.remediation !== "");
    }
    for (const value of [undefined, null, "[]", {}, [null], [5]]) {
      const error = await failureOf(() => statics.fromEncodedArray(bad(value)));
      assertEquals([error.code, error.statusCode], [40013, 400]);
    }
    for (const cipher of [{ key: new Uint8Array(3) }, { key: 5 }, {}]) {
      const error = await failureOf(() => statics.fromEncoded({}, { cipher: bad(cipher) }));
      assertEquals([error.code, error.statusCode], [40003, 400]);
    }
  }
});

test("TM4: fromValues makes a message of its attributes", () => {
  const values = { name: "n", data: "d", clientId: "ann" };
  for (const statics of [Message, PresenceMessage, Annotation]) {
    const made: object = statics.fromValues(values);
    assertEquals(made, values);
    assert(made !== values);
  }
});

test("TM4: a message is made of its name, its data and its clientId", () => {
  assertEquals({ ...new Message("n", { a: 1 }, "jim") }, {
    name: "n",
    data: { a: 1 },
    clientId: "jim",
  });
});
