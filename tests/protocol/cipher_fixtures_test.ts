import { AesCbcCipher } from "../../src/crypto/aes_cbc.ts";
import { getDefaultParams } from "../../src/crypto/cipher_params.ts";
import { decodePayload, type PayloadCarrier } from "../../src/encoding/chain.ts";
import { msgpackCodec } from "../../src/protocol/msgpack_codec.ts";
import { fromBase64 } from "../../src/util/bytes.ts";
import { assertEquals, fixture, skip, test } from "../harness.ts";
import { encodedPayload } from "../support/payloads.ts";

interface CipherFixtures {
  key: string;
  iv: string;
  keylength: number;
  items: { encoded: Encoded; encrypted: Encoded; msgpack: string }[];
}
interface Encoded extends PayloadCarrier {
  name: string;
  data: string;
}

for (const name of ["crypto-data-128.json", "crypto-data-256.json"]) {
  const shared = fixture(name) as CipherFixtures | undefined;
  if (shared === undefined) {
    skip(`RSL5c: agrees with ${name}`, "ABLY_FIXTURES is not set");
    continue;
  }
  const iv = fromBase64(shared.iv);
  const random = { bytes: () => iv.slice(), number: () => 0 };
  const cipher = new AesCbcCipher(getDefaultParams({ key: shared.key }), random);

  test(`RSL5c: decrypts ${name}, from JSON and MessagePack`, async () => {
    const errors: Error[] = [];
    const context = { cipher, onError: (error: Error) => errors.push(error) };
    assertEquals(cipher.encoding, `cipher+aes-${shared.keylength}-cbc`);
    await Promise.all(shared.items.map(async ({ encoded, encrypted, msgpack }) => {
      const expected = { ...encoded } as PayloadCarrier;
      await decodePayload(expected, context);
      const fromJson = { ...encrypted } as PayloadCarrier;
      await decodePayload(fromJson, context);
      assertEquals([fromJson.data, fromJson.encoding], [expected.data, null]);
      const fromMsgpack = msgpackCodec.decode(fromBase64(msgpack)) as PayloadCarrier;
      await decodePayload(fromMsgpack, context);
      assertEquals([fromMsgpack.data, fromMsgpack.encoding], [expected.data, null]);
    }));
    assertEquals(errors, []);
  });

  test(`RSL5c: encrypts ${name} to the same bytes, for JSON and MessagePack`, async () => {
    for (const { encoded, encrypted, msgpack } of shared.items) {
      const plain = { ...encoded } as PayloadCarrier;
      await decodePayload(plain, {});
      const json = await encodedPayload(plain.data, undefined, { format: "json", cipher });
      assertEquals(json, { data: encrypted.data, encoding: encrypted.encoding! });
      const wire = msgpackCodec.decode(fromBase64(msgpack)) as PayloadCarrier;
      const packed = await encodedPayload(plain.data, undefined, { format: "msgpack", cipher });
      assertEquals(packed, {
        data: wire.data as Uint8Array<ArrayBuffer>,
        encoding: wire.encoding!,
      });
    }
  });
}
