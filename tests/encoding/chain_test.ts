import { AesCbcCipher } from "../../src/crypto/aes_cbc.ts";
import { getDefaultParams } from "../../src/crypto/cipher_params.ts";
import {
  type DecodeContext,
  decodePayload,
  decodePayloads,
  type PayloadCarrier,
} from "../../src/encoding/chain.ts";
import { ErrorInfo } from "../../src/errors.ts";
import { fromBase64, toBase64, utf8 } from "../../src/util/bytes.ts";
import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
  fixture,
  skip,
  test,
} from "../harness.ts";
import { encodedPayload } from "../support/payloads.ts";

const KEY = Uint8Array.from({ length: 32 }, (_, i) => i);
const cipher = new AesCbcCipher(getDefaultParams({ key: KEY }));
const cipher128 = new AesCbcCipher(getDefaultParams({ key: KEY.slice(0, 16) }));
const BYTES = new Uint8Array([0xde, 0xad, 0xbe, 0xef]);

async function decoded(
  carrier: PayloadCarrier,
  context: DecodeContext = {},
): Promise<PayloadCarrier> {
  const copy = { ...carrier };
  await decodePayload(copy, context);
  return copy;
}

/** Decodes what must stop early, and returns what is left with the error. */
async function stopped(carrier: PayloadCarrier, context: DecodeContext = {}) {
  const errors: ErrorInfo[] = [];
  const rest = await decoded(carrier, { ...context, onError: (error) => errors.push(error) });
  assertEquals(errors.length, 1, "errors reported");
  assertEquals([errors[0]!.code, errors[0]!.statusCode], [40013, 400]);
  assert(errors[0]!.remediation !== "");
  return { ...rest, message: errors[0]!.message };
}

test("RSL4a: sends nothing where there is no payload", () => {
  for (const data of [null, undefined]) {
    for (const format of ["json", "msgpack"] as const) {
      assertEquals(encodedPayload(data, undefined, { format }), {});
      assertEquals(encodedPayload(data, undefined, { format, cipher }), {});
    }
  }
});

test("RSL4a: refuses what is neither binary, text nor representable in JSON", () => {
  const circular: Record<string, unknown> = {};
  circular.self = circular;
  const cases: [unknown, string][] = [
    [42, "number"],
    [0, "number"],
    [NaN, "number"],
    [true, "boolean"],
    [false, "boolean"],
    [10n, "bigint"],
    [Symbol("x"), "symbol"],
    [() => {}, "function"],
    [Promise.resolve("forgotten"), "Promise"],
    [new Map([["a", 1]]), "Map"],
    [new Set([1]), "Set"],
    [new Blob(["x"]), "Blob"],
    [new Error("x"), "Error"],
    [{ users: new Map([["a", 1]]) }, "Map"],
    [[{ failed: new Error("x") }], "Error"],
    [Object.create({ inherited: 1 }), "Object"],
    [
      new (class {
        get value() {
          return 1;
        }
      })(),
      "Object",
    ],
    [circular, "JSON cannot represent"],
    [{ big: 10n }, "JSON cannot represent"],
    [{ toJSON: () => undefined }, "Object"],
  ];
  for (const [data, kind] of cases) {
    for (const options of [{ format: "json" }, { format: "msgpack", cipher }] as const) {
      const error = assertThrows(() => encodedPayload(data, undefined, options), ErrorInfo, kind);
      assertEquals([error.code, error.statusCode], [40013, 400]);
      assert(error.remediation !== "");
    }
  }
});

test("RSL4a: sends empty text, bytes, objects and arrays", () => {
  assertEquals(encodedPayload("", undefined, { format: "json" }), { data: "" });
  assertEquals(encodedPayload(new Uint8Array(), undefined, { format: "msgpack" }), {
    data: new Uint8Array(),
  });
  for (const empty of [{}, [], Object.create(null), new (class Order {})()]) {
    const data = JSON.stringify(empty);
    assertEquals(encodedPayload(empty, null, { format: "json" }), { data, encoding: "json" });
  }
});

test("RSL4a: leaves the caller's payload alone", async () => {
  const bytes = BYTES.slice();
  const object = Object.freeze({ list: Object.freeze([1]) });
  await encodedPayload(bytes, undefined, { format: "json", cipher });
  await encodedPayload(object, undefined, { format: "json", cipher });
  assertEquals(bytes, BYTES);
});

test("RSL4b: appends its steps to those the caller has taken", async () => {
  const before = "vendor+zip";
  assertEquals(encodedPayload("x", before, { format: "json" }), { data: "x", encoding: before });
  assertEquals(encodedPayload({ a: 1 }, before, { format: "json" }), {
    data: '{"a":1}',
    encoding: "vendor+zip/json",
  });
  assertEquals(encodedPayload(BYTES, before, { format: "json" }), {
    data: "3q2+7w==",
    encoding: "vendor+zip/base64",
  });
  const encrypted = await encodedPayload(BYTES, before, { format: "json", cipher });
  assertEquals(encrypted.encoding, "vendor+zip/cipher+aes-256-cbc/base64");
});

test("RSL4c1: binary stays binary in MessagePack, from any kind of it", () => {
  const padded = new Uint8Array([0, ...BYTES, 0]);
  const kinds = [
    BYTES,
    BYTES.slice().buffer,
    padded.subarray(1, 5),
    new DataView(padded.buffer, 1, 4),
  ];
  for (const data of kinds) {
    assertEquals(encodedPayload(data, undefined, { format: "msgpack" }), { data: BYTES });
    assertEquals(encodedPayload(data, undefined, { format: "json" }), {
      data: "3q2+7w==",
      encoding: "base64",
    });
  }
});

test("RSL4c2: text stays text in MessagePack", () => {
  assertEquals(encodedPayload("Grüße 👋", "", { format: "msgpack" }), { data: "Grüße 👋" });
});

test("RSL4c3: objects and arrays are JSON text in MessagePack", () => {
  assertEquals(encodedPayload([1, { a: "b" }], undefined, { format: "msgpack" }), {
    data: '[1,{"a":"b"}]',
    encoding: "json",
  });
});

test("RSL4d1: binary is base64 in JSON", () => {
  assertEquals(encodedPayload(BYTES, undefined, { format: "json" }), {
    data: "3q2+7w==",
    encoding: "base64",
  });
});

test("RSL4d2: text stays text in JSON", () => {
  assertEquals(encodedPayload('{"not":"parsed"}', undefined, { format: "json" }), {
    data: '{"not":"parsed"}',
  });
});

test("RSL4d3: objects and arrays are JSON text in JSON, in the form they give themselves", () => {
  assertEquals(encodedPayload({ at: new Date(0) }, undefined, { format: "json" }), {
    data: '{"at":"1970-01-01T00:00:00.000Z"}',
    encoding: "json",
  });
  const custom = { secret: 1, toJSON: () => ({ shown: 2 }) };
  assertEquals(encodedPayload(custom, undefined, { format: "json" }), {
    data: '{"shown":2}',
    encoding: "json",
  });
});

test("RSL5a: encrypts every kind of payload, and decrypts it again", async () => {
  const payloads: [unknown, string][] = [
    ["text", "utf-8/"],
    ["", "utf-8/"],
    [BYTES, ""],
    [new Uint8Array(), ""],
    [{ a: [1, null, "ü"] }, "json/utf-8/"],
    [[], "json/utf-8/"],
  ];
  for (const use of [cipher, cipher128]) {
    for (const [data, steps] of payloads) {
      const json = await encodedPayload(data, undefined, { format: "json", cipher: use });
      assertEquals(json.encoding, `${steps}${use.encoding}/base64`);
      assertEquals(typeof json.data, "string");
      assertEquals(await decoded(json, { cipher: use }), { data, encoding: null });
      const msgpack = await encodedPayload(data, undefined, { format: "msgpack", cipher: use });
      assertEquals(msgpack.encoding, `${steps}${use.encoding}`);
      assert(msgpack.data instanceof Uint8Array);
      assertEquals(await decoded(msgpack, { cipher: use }), { data, encoding: null });
    }
  }
});

test("RSL6a: undoes the steps from the right", async () => {
  const cases: [PayloadCarrier, unknown][] = [
    [{ data: '{"a":1}', encoding: "json" }, { a: 1 }],
    [{ data: "null", encoding: "json" }, null],
    [{ data: "3q2+7w==", encoding: "base64" }, BYTES],
    [{ data: "R3LDvMOfZQ==", encoding: "utf-8/base64" }, "Grüße"],
    [{ data: utf8('["ü"]'), encoding: "json/utf-8" }, ["ü"]],
    [{ data: toBase64(utf8("[1]")), encoding: "json/utf-8/base64" }, [1]],
    [{ data: "text already", encoding: "utf-8" }, "text already"],
    [{ data: BYTES, encoding: "base64" }, BYTES],
  ];
  for (const [carrier, data] of cases) {
    assertEquals(await decoded(carrier), { data, encoding: null });
  }
});

test("RSL6a: needs no promise where no cipher has to work", () => {
  const carrier = { data: '{"a":1}', encoding: "json" };
  assertEquals(decodePayload(carrier, { cipher }), undefined);
  assertEquals(carrier, { data: { a: 1 }, encoding: null } as never);
  const encoded = encodedPayload({ a: 1 }, undefined, { format: "json" });
  assert(!(encoded instanceof Promise));
});

test("RSL6a: leaves payloads without steps as they are", async () => {
  const cases: PayloadCarrier[] = [
    { data: "text" },
    { data: "text", encoding: null },
    { data: "text", encoding: "" },
    { data: { already: "parsed" } },
    {},
  ];
  for (const carrier of cases) assertEquals(await decoded(carrier), carrier);
});

test("RSL6a: binary payloads arrive as plain Uint8Array", async () => {
  class Subclass extends Uint8Array {}
  for (const data of [new Subclass(2).fill(7), new Uint8Array(2).fill(7).buffer]) {
    const { data: plain } = await decoded({ data });
    assertEquals((plain as Uint8Array).constructor, Uint8Array);
    assertEquals(plain, new Uint8Array([7, 7]));
  }
});

test("RSL6b: keeps what was decoded, and names the steps that are left", async () => {
  assertEquals(await stopped({ data: "3q2+7w==", encoding: "json/vendor+zip/base64" }), {
    data: BYTES,
    encoding: "json/vendor+zip",
    message: 'Failed to decode the "vendor+zip" step of a payload: The step is unknown',
  });
  const notBase64 = await stopped({ data: "?!", encoding: "utf-8/base64" });
  assertEquals([notBase64.data, notBase64.encoding], ["?!", "utf-8/base64"]);
  const notJson = await stopped({ data: "{", encoding: "json" });
  assertEquals([notJson.data, notJson.encoding], ["{", "json"]);
  const invalid = new Uint8Array([0xff, 0xfe]);
  const notUtf8 = await stopped({ data: invalid, encoding: "json/utf-8" });
  assertEquals([notUtf8.data, notUtf8.encoding], [invalid, "json/utf-8"]);
});

test("RSL6a: JSON that comes as bytes is JSON", async () => {
  const carrier: PayloadCarrier = {
    data: btoa('{"a":"ü"}'.replace("ü", "Ã¼")),
    encoding: "json/base64",
  };
  await decodePayload(carrier, {});
  assertEquals(carrier, { data: { a: "ü" }, encoding: null });
  const binary = await stopped({ data: BYTES, encoding: "json" });
  assertEquals([binary.data, binary.encoding], [BYTES, "json"]);
});

test("RSL6b: refuses steps that do not fit the payload", async () => {
  const cases: PayloadCarrier[] = [
    { data: { a: 1 }, encoding: "json" },
    { data: 5, encoding: "json" },
    { data: 5, encoding: "utf-8" },
    { data: null, encoding: "utf-8" },
    { data: {}, encoding: "base64" },
    { encoding: "base64" },
  ];
  for (const carrier of cases) {
    const rest = await stopped(carrier);
    assertEquals([rest.data, rest.encoding], [carrier.data, carrier.encoding]);
    assertStringIncludes(rest.message, "It needs");
  }
});

test("RSL6b: tolerates empty steps and an encoding that is no text", async () => {
  for (const encoding of ["/", "//base64", "base64/"]) {
    assertEquals((await stopped({ data: "AA==", encoding })).message.includes('""'), true);
  }
  const odd = { data: "x", encoding: 5 as unknown as string };
  assertEquals(await decoded(odd), odd);
});

test("RSL6b: delivers encrypted payloads as they are where there is no cipher", async () => {
  const encrypted = await encodedPayload("text", undefined, { format: "json", cipher });
  for (const context of [{}, { cipher: null }]) {
    const rest = await stopped(encrypted, context);
    assertEquals(rest.data, fromBase64(encrypted.data as string));
    assertEquals(rest.encoding, "utf-8/cipher+aes-256-cbc");
    assertStringIncludes(rest.message, "no cipher");
  }
});

test("RSL6b: delivers payloads of another cipher, key or length as they are", async () => {
  // With a vector that is no random one: of those one in 256 leaves a padding that is valid by chance.
  const zeros = { bytes: (length: number) => new Uint8Array(length), number: () => 0 };
  const steady = new AesCbcCipher(getDefaultParams({ key: KEY }), zeros);
  const encrypted = await encodedPayload({ a: 1 }, undefined, {
    format: "msgpack",
    cipher: steady,
  });
  const other = new AesCbcCipher(getDefaultParams({ key: KEY.map((byte) => byte ^ 0x55) }));
  const cases: [PayloadCarrier, DecodeContext, string][] = [
    [encrypted, { cipher: cipher128 }, "cipher+aes-128-cbc"],
    [encrypted, { cipher: other }, "another key"],
    [{ ...encrypted, data: (encrypted.data as Uint8Array).subarray(0, 20) }, { cipher }, "is cut"],
    [{ ...encrypted, data: "text" }, { cipher }, "binary"],
    [{ ...encrypted, data: undefined }, { cipher }, "binary"],
  ];
  for (const [carrier, context, reason] of cases) {
    const rest = await stopped(carrier, context);
    assertEquals([rest.data, rest.encoding], [carrier.data, encrypted.encoding]);
    assertStringIncludes(rest.message, reason);
  }
});

test("RSL6a: binary payloads that are decrypted together share no memory", async () => {
  const encrypt = (data: unknown, encoding?: string) =>
    encodedPayload(data, encoding, { format: "msgpack", cipher });
  const carriers: PayloadCarrier[] = await Promise.all([
    encrypt(BYTES),
    encrypt("text"),
    encrypt(BYTES, "unknown"),
    encrypt(BYTES),
  ]);
  await decodePayloads(carriers, { cipher });
  assertEquals(carriers.map(({ data }) => data), [BYTES, "text", BYTES, BYTES]);
  for (const { data } of carriers) {
    if (data !== "text") assertEquals((data as Uint8Array).buffer.byteLength, BYTES.length);
  }
});

test("RSL6b: errors show neither key nor payload", async () => {
  const encrypted = await encodedPayload("confidential", undefined, { format: "json", cipher });
  const rest = await stopped(encrypted, { cipher: cipher128 });
  assert(!rest.message.includes("confidential"));
  assert(!rest.message.includes(toBase64(KEY)));
});

test("RSL6b: a cipher that cannot encrypt rejects instead of sending plain text", async () => {
  const random = {
    bytes: (): never => {
      throw new Error("no entropy");
    },
    number: () => 0,
  };
  const broken = new AesCbcCipher(getDefaultParams({ key: KEY }), random);
  await assertRejects(
    () => Promise.resolve(encodedPayload("text", undefined, { format: "json", cipher: broken })),
    Error,
    "no entropy",
  );
});

test("RSL6a: a byte order mark at the beginning of a text survives", async () => {
  const encrypted = await encodedPayload("\ufefftext", undefined, { format: "json", cipher });
  assertEquals((await decoded(encrypted, { cipher })).data, "\ufefftext");
});

test("RSL6a: several payloads are decoded independently of each other", async () => {
  const errors: ErrorInfo[] = [];
  const context = { cipher, onError: (error: ErrorInfo) => errors.push(error) };
  const encrypt = async (data: unknown) =>
    await encodedPayload(data, null, { format: "json", cipher });
  const foreign = await encodedPayload("x", null, { format: "json", cipher: cipher128 });
  const twice = await encodedPayload(
    (await encrypt("deep")).data,
    (await encrypt("deep")).encoding,
    { format: "msgpack", cipher },
  );
  const carriers: PayloadCarrier[] = [
    { data: "[1]", encoding: "json" },
    await encrypt({ a: 1 }),
    { ...await encrypt("cut"), data: "AAAA" },
    foreign,
    await encrypt("text"),
    { data: "{", encoding: "json" },
    twice,
    { data: "plain" },
  ];
  const alone = await Promise.all(carriers.map((carrier) => decoded(carrier, { cipher })));
  const together = carriers.map((carrier) => ({ ...carrier }));
  await decodePayloads(together, context);
  assertEquals(together, alone);
  assertEquals(together[1], { data: { a: 1 }, encoding: null });
  assertEquals(together[4], { data: "text", encoding: null });
  assertEquals(errors.length, 3);
});

test("RSL6a: several payloads need no promise where no cipher has to work", () => {
  const carriers = [{ data: "[1]", encoding: "json" }, { data: "text" }];
  assertEquals(decodePayloads(carriers, { cipher }), undefined);
  assertEquals(decodePayloads([], { cipher }), undefined);
  assertEquals(carriers[0], { data: [1], encoding: null } as never);
});

interface EncodingFixtures {
  messages: {
    data: string;
    encoding: string | null;
    expectedType: string;
    expectedValue?: unknown;
    expectedHexValue?: string;
  }[];
}

for (const name of ["messages-encoding.json", "presence-messages-encoding.json"]) {
  const shared = fixture(name) as EncodingFixtures | undefined;
  if (shared === undefined) {
    skip(`RSL6a1: agrees with ${name}`, "ABLY_FIXTURES is not set");
    continue;
  }
  test(`RSL6a1: agrees with ${name} in both directions`, async () => {
    for (const { data, encoding, expectedValue, expectedHexValue } of shared.messages) {
      const expected = expectedHexValue === undefined
        ? expectedValue
        : Uint8Array.from(expectedHexValue.match(/../g)!, (byte) => parseInt(byte, 16));
      assertEquals((await decoded({ data, encoding })).data, expected);
      assertEquals(encodedPayload(expected, undefined, { format: "json" }), {
        data,
        ...(encoding && { encoding }),
      });
    }
  });
}

test("RSL6b: a cipher that cannot work at all leaves every payload as it is, with a reason", async () => {
  const broken = {
    encoding: cipher.encoding,
    decryptAll: () => Promise.reject(new TypeError("No SubtleCrypto")),
  } as unknown as AesCbcCipher;
  const carriers = [1, 2].map(() => ({ data: BYTES, encoding: `utf-8/${cipher.encoding}` }));
  const errors: string[] = [];
  await decodePayloads(carriers, {
    cipher: broken,
    onError: ({ message }) => errors.push(message),
  });
  assertEquals(carriers.map(({ encoding }) => encoding), Array(2).fill(`utf-8/${cipher.encoding}`));
  assertEquals(errors.length, 2);
  assertStringIncludes(errors[0]!, "No SubtleCrypto");
});

test("RSL6a: base64 with line breaks, without padding or in the alphabet of URLs is decoded", async () => {
  const bytes = Uint8Array.from({ length: 100 }, (_, index) => 251 + index);
  const text = toBase64(bytes);
  const lines = text.replace(/.{20}/g, "$&\r\n");
  const forms = [
    lines,
    ` ${text}\t\n`,
    text.replaceAll("=", ""),
    text.replaceAll("+", "-").replaceAll("/", "_"),
  ];
  forms.push(lines.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", ""));
  for (const data of forms) {
    assertEquals((await decoded({ data, encoding: "base64" })).data, bytes, data);
  }
  const encrypted = await encodedPayload("secret", undefined, { format: "json", cipher });
  const folded = { ...encrypted, data: (encrypted.data as string).replace(/.{8}/g, "$&\n") };
  assertEquals((await decoded(folded, { cipher })).data, "secret");
});

test("RSL6b: what is no base64 in any way stays as it is", async () => {
  for (const data of ["@@@", "A", "A===", "AQ==AQ==", "AQ!="]) {
    const rest = await stopped({ data, encoding: "json/base64" });
    assertEquals([rest.data, rest.encoding], [data, "json/base64"]);
  }
});
