import { assert, assertEquals, fixture, skip } from "../harness.ts";
import { testInBothFormats } from "../support/rest_clients.ts";

interface EncodingFixtures {
  messages: {
    data: string;
    encoding: string | null;
    expectedValue?: unknown;
    expectedHexValue?: string;
  }[];
}

interface CipherFixtures {
  key: string;
  items: {
    encoded: { name: string; data: string; encoding?: string };
    encrypted: { name: string; data: string; encoding: string };
  }[];
}

type RawMessage = { name?: string; data?: unknown; encoding?: string };

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g)!, (byte) => parseInt(byte, 16));
}

const encodings = fixture("messages-encoding.json") as EncodingFixtures | undefined;
if (encodings === undefined) {
  skip("RSL6a1: agrees with the shared encodings", "ABLY_FIXTURES is not set");
} else {
  const values = encodings.messages.map(({ expectedValue, expectedHexValue }) =>
    expectedHexValue === undefined ? expectedValue : bytesOf(expectedHexValue)
  );
  const wire = encodings.messages.map(({ data, encoding }) => ({
    data,
    ...(encoding && { encoding }),
  }));

  testInBothFormats("RSL6a1: reads the shared encodings as published raw", async ({ client }) => {
    const raw = client({ useBinaryProtocol: false });
    for (const message of wire) {
      await raw.request("POST", "/channels/c/messages", 3, null, message);
    }
    const { items } = await client().channels.get("c").history({ direction: "forwards" });
    assertEquals(items.map(({ data }) => data), values);
    assert(items.every(({ encoding }) => encoding == null));
  });

  testInBothFormats("RSL6a1: publishes the shared encodings", async ({ client }) => {
    for (const data of values) await client().channels.get("c").publish("n", data);
    const raw = client({ useBinaryProtocol: false });
    const { items } = await raw.request<RawMessage>("GET", "/channels/c/messages", 3, {
      direction: "forwards",
    });
    assertEquals(
      items.map(({ data, encoding }) => ({ data, ...(encoding && { encoding }) })),
      wire as { data: unknown; encoding?: string }[],
    );
  });
}

for (const name of ["crypto-data-128.json", "crypto-data-256.json"]) {
  const shared = fixture(name) as CipherFixtures | undefined;
  if (shared === undefined) {
    skip(`RSL5c: reads ${name} from a channel`, "ABLY_FIXTURES is not set");
    continue;
  }
  testInBothFormats(`RSL5c: reads ${name} from a channel`, async ({ client }) => {
    const raw = client({ useBinaryProtocol: false });
    const send = (channel: string, body: object[]) =>
      raw.request("POST", `/channels/${channel}/messages`, 3, null, body);
    await send("plain", shared.items.map(({ encoded }) => encoded));
    await send("secret", shared.items.map(({ encrypted }) => encrypted));
    const { channels } = client();
    const order = { direction: "forwards" } as const;
    const plain = await channels.get("plain").history(order);
    const secret = await channels.get("secret", { cipher: { key: shared.key } }).history(order);
    assertEquals(secret.items.map(({ data }) => data), plain.items.map(({ data }) => data));
    assertEquals(secret.items.length, shared.items.length);
    assert(secret.items.every(({ encoding }) => encoding == null));
  });
}
