import { type CipherParamOptions, getDefaultParams } from "../../src/crypto/cipher_params.ts";
import { Crypto } from "../../src/crypto/crypto.ts";
import { ErrorInfo } from "../../src/errors.ts";
import { toBase64, toBase64Url } from "../../src/util/bytes.ts";
import {
  assert,
  assertEquals,
  assertNotEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
  test,
} from "../harness.ts";

// Its base64 has both of the characters that base64url writes in another way.
const KEY = Uint8Array.from({ length: 32 }, (_, i) => i % 2 === 0 ? 0xfb : 0xff);

test("RSE1a: fills in what is not given", () => {
  assertEquals(Crypto.getDefaultParams({ key: KEY }), {
    algorithm: "aes",
    keyLength: 256,
    key: KEY,
    mode: "cbc",
  });
});

test("RSE1a: completed parameters stay as they are, and null is the same as absent", () => {
  const params = Crypto.getDefaultParams({ key: KEY });
  assertEquals(Crypto.getDefaultParams(params), params);
  const nulls = { key: KEY, algorithm: null, keyLength: null, mode: null };
  assertEquals(Crypto.getDefaultParams(nulls), params);
});

test("RSE1b: takes what the options say, in any case", () => {
  const options = { key: KEY, algorithm: "AES", keyLength: 256, mode: "CBC" };
  assertEquals(Crypto.getDefaultParams(options), Crypto.getDefaultParams({ key: KEY }));
});

test("RSE1c: takes keys as bytes of any kind, base64 and base64url", () => {
  const expected = Crypto.getDefaultParams({ key: KEY }).key;
  const padded = new Uint8Array([0, ...KEY, 0]);
  const text = toBase64(KEY);
  assertStringIncludes(text, "+");
  assertStringIncludes(text, "/");
  const keys: CipherParamOptions["key"][] = [
    KEY.buffer,
    new DataView(KEY.buffer),
    padded.subarray(1, 33),
    text,
    text.replace(/=+$/, ""),
    toBase64Url(KEY),
    toBase64Url(KEY) + "=",
    ` ${text.slice(0, 20)}\n${text.slice(20)}\n`,
  ];
  for (const key of keys) assertEquals(Crypto.getDefaultParams({ key }).key, expected);
});

test("RSE1c: keeps a copy of the key", () => {
  const key = KEY.slice();
  const params = Crypto.getDefaultParams({ key });
  key.fill(0);
  assertEquals(params.key, KEY);
});

test("RSE1d: the length follows from the key", () => {
  assertEquals(Crypto.getDefaultParams({ key: KEY.slice(0, 16) }).keyLength, 128);
  assertEquals(Crypto.getDefaultParams({ key: KEY }).keyLength, 256);
});

test("RSE1e: refuses what is not valid or contradicts itself", () => {
  const cases: [unknown, string][] = [
    [undefined, "missing"],
    [null, "missing"],
    [{}, "missing"],
    [{ key: null }, "missing"],
    [{ key: 42 }, "missing"],
    [{ key: [1, 2, 3] }, "missing"],
    [{ key: "" }, "0 bits"],
    [{ key: new Uint8Array() }, "0 bits"],
    [{ key: KEY.slice(0, 24) }, "192 bits"],
    [{ key: KEY.slice(0, 31) }, "248 bits"],
    [{ key: "not base64!" }, "not base64"],
    [{ key: "AAAAA" }, "not base64"],
    [{ key: KEY, keyLength: 128 }, "keyLength is 128"],
    [{ key: KEY, keyLength: "256" }, "got string"],
    [{ key: KEY, algorithm: "des" }, '"des"'],
    [{ key: KEY, algorithm: 5 }, "got 5"],
    [{ key: KEY, mode: "gcm" }, '"gcm"'],
    [{ key: KEY, mode: {} }, "got Object"],
  ];
  for (const [options, reason] of cases) {
    const error = assertThrows(
      () => getDefaultParams(options as CipherParamOptions),
      ErrorInfo,
      reason,
    );
    assertEquals([error.code, error.statusCode], [40003, 400], error.message);
    assert(error.remediation !== "");
  }
});

test("RSE1e: errors do not show the key", () => {
  const key = "c2VjcmV0c2VjcmV0c2VjcmV0!";
  const error = assertThrows(() => getDefaultParams({ key }), ErrorInfo);
  assert(!JSON.stringify(error).includes("c2Vjc"));
});

test("RSE2a: draws keys of 256 bits, or of the length asked for", async () => {
  assertEquals((await Crypto.generateRandomKey()).byteLength, 32);
  assertEquals((await Crypto.generateRandomKey(null)).byteLength, 32);
  assertEquals((await Crypto.generateRandomKey(256)).byteLength, 32);
  assertEquals((await Crypto.generateRandomKey(128)).byteLength, 16);
});

test("RSE2a: refuses lengths that AES does not take", async () => {
  for (const length of [0, 1, 16, 192, 512, -128, NaN, "128"]) {
    const error = await assertRejects(
      () => Crypto.generateRandomKey(length as number),
      ErrorInfo,
    );
    assertEquals([error.code, error.statusCode], [40003, 400]);
  }
});

test("RSE2b: keys are bytes that fit, and never the same", async () => {
  const key = await Crypto.generateRandomKey();
  assertEquals(key.constructor, Uint8Array);
  assertEquals(Crypto.getDefaultParams({ key }).key, key);
  assertNotEquals(await Crypto.generateRandomKey(), key);
});
