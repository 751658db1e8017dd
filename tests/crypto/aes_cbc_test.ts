import { AesCbcCipher } from "../../src/crypto/aes_cbc.ts";
import { getDefaultParams } from "../../src/crypto/cipher_params.ts";
import { concatBytes, fromBase64, fromUtf8, toBase64, utf8 } from "../../src/util/bytes.ts";
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStringIncludes,
  test,
} from "../harness.ts";
import { seeded } from "../support/seeded.ts";
import { encryptOne } from "../support/payloads.ts";

const KEY = Uint8Array.from({ length: 32 }, (_, i) => i);
const OTHER_KEY = Uint8Array.from({ length: 32 }, (_, i) => 255 - i);

function cipherWith(key: Uint8Array): AesCbcCipher {
  return new AesCbcCipher(getDefaultParams({ key }));
}

/** A cipher whose first vector is the one given. */
function cipherFrom(key: Uint8Array, iv: Uint8Array<ArrayBuffer>): AesCbcCipher {
  return new AesCbcCipher(getDefaultParams({ key }), { bytes: () => iv, number: () => 0 });
}

test("RSL5b: names its encoding after the algorithm, the length of the key and the mode", () => {
  assertEquals(cipherWith(KEY).encoding, "cipher+aes-256-cbc");
  assertEquals(cipherWith(KEY.slice(16)).encoding, "cipher+aes-128-cbc");
});

async function decrypt(
  cipher: AesCbcCipher,
  ciphertext: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  const [plaintext] = await cipher.decryptAll([ciphertext]);
  if (plaintext instanceof Error) throw plaintext;
  return plaintext!;
}

test("RSL5b: agrees with NIST's example of AES-CBC", async () => {
  // SP 800-38A, F.2.1 (CBC-AES128), first block; the padding makes a second one.
  const hex = (text: string) => Uint8Array.from(text.match(/../g)!, (byte) => parseInt(byte, 16));
  const iv = hex("000102030405060708090a0b0c0d0e0f");
  const cipher = cipherFrom(hex("2b7e151628aed2a6abf7158809cf4f3c"), iv);
  const encrypted = await encryptOne(cipher, hex("6bc1bee22e409f96e93d7e117393172a"));
  assertEquals(encrypted.slice(0, 16), iv);
  assertEquals(encrypted.slice(16, 32), hex("7649abac8119b246cee98e9b12e9197d"));
  assertEquals(encrypted.length, 48);
});

test("RSL5b: decrypts what it encrypts, at every length of padding", async () => {
  const cipher = cipherWith(KEY);
  for (let length = 0; length <= 33; length++) {
    const plaintext = new Uint8Array(length).fill(length);
    const ciphertext = await encryptOne(cipher, plaintext);
    assertEquals(ciphertext.length, 16 + 16 * (Math.floor(length / 16) + 1));
    assertEquals(await decrypt(cipher, ciphertext), plaintext);
  }
});

test("RSL5b: every ciphertext has a vector of its own, also of payloads that are encrypted together", async () => {
  const cipher = cipherWith(KEY);
  const ciphertexts = await Promise.all(
    Array.from({ length: 1_000 }, () => encryptOne(cipher, KEY)),
  );
  for (const [from, to] of [[0, 16], [16, 32], [32, 48]]) {
    assertEquals(new Set(ciphertexts.map((one) => toBase64(one.slice(from, to)))).size, 1_000);
  }
});

test("RSL5b: payloads that are encrypted together can be decrypted alone, by the platform", async () => {
  const draw = seeded(38);
  const cipher = cipherWith(KEY);
  const key = await crypto.subtle.importKey("raw", KEY, "AES-CBC", false, ["decrypt"]);
  // More than are joined for one call.
  const plaintexts = Array.from(
    { length: 230 },
    (_, i) => new Uint8Array(i % 30 === 7 ? 33_000 : draw(700)).map(() => draw(256)),
  );
  const ciphertexts = await Promise.all(
    plaintexts.map((plaintext) => encryptOne(cipher, plaintext)),
  );
  for (const [index, ciphertext] of ciphertexts.entries()) {
    const algorithm = { name: "AES-CBC", iv: ciphertext.slice(0, 16) };
    const plaintext = await crypto.subtle.decrypt(algorithm, key, ciphertext.slice(16));
    assertEquals(new Uint8Array(plaintext), plaintexts[index]);
  }
});

test("RSL5b: takes the vector from the random source it is given", async () => {
  const iv = new Uint8Array(16).fill(7);
  assertEquals((await encryptOne(cipherFrom(KEY, iv), KEY)).slice(0, 16), iv);
});

test("RSL5b: the vector of a further payload is made from a random block of its own", async () => {
  const random = Uint8Array.from({ length: 32 }, (_, i) => i + 1);
  const cipher = cipherFrom(KEY, random);
  const [first, second] = await Promise.all([encryptOne(cipher, KEY), encryptOne(cipher, KEY)]);
  const key = await crypto.subtle.importKey("raw", KEY, "AES-CBC", false, ["decrypt"]);
  const block = await crypto.subtle.decrypt(
    { name: "AES-CBC", iv: first!.slice(-16) },
    key,
    second!.slice(),
  );
  assertEquals(first!.slice(0, 16), random.slice(0, 16));
  assertEquals(new Uint8Array(block, 0, 16), random.slice(16));
});

test("RSL5b: decrypts many at once as it decrypts each alone", async () => {
  const draw = seeded(42);
  const cipher = cipherWith(KEY);
  for (const count of [0, 1, 2, 3, 40, 201]) {
    const plaintexts = Array.from(
      { length: count },
      (_, i) => new Uint8Array(i % 13 === 12 ? 9000 + draw(9000) : draw(70)).map(() => draw(256)),
    );
    const ciphertexts = await Promise.all(
      plaintexts.map((plaintext) => encryptOne(cipher, plaintext)),
    );
    assertEquals(await cipher.decryptAll(ciphertexts), plaintexts);
    assertEquals(await Promise.all(ciphertexts.map((one) => decrypt(cipher, one))), plaintexts);
  }
});

test("RSL5b: text is encrypted as UTF-8, beside bytes", async () => {
  const cipher = cipherWith(KEY);
  const text = "Ä €uro, 👍, and \ud800 alone";
  const ciphertexts = await cipher.encryptAll(["", text, utf8(text), text.repeat(2_000)]);
  assertEquals(await cipher.decryptAll(ciphertexts), [
    utf8(""),
    utf8(text),
    utf8(text),
    utf8(text.repeat(2_000)),
  ]);
});

test("RSL5b: lists that are decrypted at the same time get each their own results", async () => {
  const cipher = cipherWith(KEY);
  const texts = [["one"], [], ["two", "three"], ["four"]];
  const lists = await Promise.all(
    texts.map((list) => Promise.all(list.map((text) => encryptOne(cipher, utf8(text))))),
  );
  lists[3]!.unshift(new Uint8Array(5));
  const results = await Promise.all(lists.map((list) => cipher.decryptAll(list)));
  assertEquals(
    results.map((list) => list.map((one) => one instanceof Error ? "refused" : fromUtf8(one))),
    [["one"], [], ["two", "three"], ["refused", "four"]],
  );
});

/** With a vector of its own, because one in 256 has a padding that is valid by chance. */
function foreignCiphertext(): Promise<Uint8Array<ArrayBuffer>> {
  return encryptOne(cipherFrom(OTHER_KEY, new Uint8Array(16)), utf8("foreign"));
}

test("RSL6b: one that cannot be decrypted does not spoil those beside it", async () => {
  const cipher = cipherWith(KEY);
  const good = await encryptOne(cipher, utf8("good"));
  const foreign = await foreignCiphertext();
  const bad: [string, Uint8Array<ArrayBuffer>][] = [
    ["another key", foreign],
    ["empty", new Uint8Array()],
    ["cut within the vector", good.slice(0, 15)],
    ["the vector alone", good.slice(0, 16)],
    ["cut within a block", good.slice(0, 31)],
    ["one byte too many", concatBytes(good, new Uint8Array(1))],
  ];
  for (const [name, ciphertext] of bad) {
    for (const place of [0, 1, 2]) {
      const ciphertexts = [good, good];
      ciphertexts.splice(place, 0, ciphertext);
      const results = await cipher.decryptAll(ciphertexts);
      results.forEach((result, i) => {
        if (i === place) assertInstanceOf(result, Error, name);
        else assertEquals(fromUtf8(result as Uint8Array), "good", name);
      });
    }
    await assertRejects(() => decrypt(cipher, ciphertext), Error);
  }
});

test("RSL6b: says what is wrong with a ciphertext", async () => {
  const cipher = cipherWith(KEY);
  const foreign = await foreignCiphertext();
  const wrong = await assertRejects(() => decrypt(cipher, foreign), Error);
  assertStringIncludes(wrong.message, "another key");
  const cut = await assertRejects(() => decrypt(cipher, foreign.slice(0, 20)), Error);
  assertStringIncludes(cut.message, "20 bytes is cut");
});

test("RSL6b: judges every padding as the platform does", async () => {
  const draw = seeded(5652);
  const cipher = cipherWith(KEY);
  const key = await crypto.subtle.importKey("raw", KEY, "AES-CBC", false, ["decrypt"]);
  const platform = async (ciphertext: Uint8Array<ArrayBuffer>) => {
    try {
      const iv = ciphertext.subarray(0, 16);
      const rest = ciphertext.subarray(16);
      return toBase64(
        new Uint8Array(await crypto.subtle.decrypt({ name: "AES-CBC", iv }, key, rest)),
      );
    } catch {
      return "refused";
    }
  };
  // With one block, a change of the vector's last bytes is a change of the padding.
  const ciphertexts = await Promise.all(
    Array.from({ length: 600 }, async () => {
      const ciphertext = await encryptOne(cipher, new Uint8Array(draw(16)));
      const tail = 14 + draw(2);
      ciphertext[tail] = ciphertext[tail]! ^ (draw(2) * draw(20));
      return ciphertext;
    }),
  );
  const results = await cipher.decryptAll(ciphertexts);
  const own = results.map((result) => result instanceof Error ? "refused" : toBase64(result));
  assertEquals(own, await Promise.all(ciphertexts.map(platform)));
  const refused = own.filter((result) => result === "refused").length;
  assert(refused > 50 && refused < 550, `${refused} refused`);
});

test("RSL5a: a wiped key of the caller does not matter", async () => {
  const key = KEY.slice();
  const cipher = cipherWith(key);
  key.fill(0);
  const encrypted = await encryptOne(cipher, utf8("still the same key"));
  assertEquals(fromUtf8(await decrypt(cipherWith(KEY), encrypted)), "still the same key");
});

test("RSL5c: decrypts a ciphertext of another library", async () => {
  const cipher = cipherWith(fromBase64("WUP6u0K7MXI5Zeo0VppPwg=="));
  const ciphertext = fromBase64(
    "HO4cYSP8LybPYBPZPHQOtmHItcxYdSvcNUC6kXVpMn0VFL+9z2/5tJ6WFbR0SBT1xhFRuJ+MeBGTU3yOY9P5ow==",
  );
  assertEquals(
    fromUtf8(await decrypt(cipher, ciphertext)),
    "The quick brown fox jumped over the lazy dog",
  );
});
