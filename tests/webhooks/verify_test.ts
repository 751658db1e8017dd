import { ErrorInfo, readWebhook, verifyWebhook } from "../../src/webhooks/mod.ts";
import { utf8 } from "../../src/util/bytes.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes, test } from "../harness.ts";
import {
  FOREIGN_KEY,
  KEY,
  MESSAGE_ITEM,
  OLD_KEY,
  requestOf,
  signature,
  signed,
} from "./support/deliveries.ts";

const BODY = JSON.stringify({ items: [MESSAGE_ITEM] });

async function refusal(run: () => Promise<unknown>): Promise<ErrorInfo> {
  const error = await assertRejects(run, ErrorInfo);
  assert(error.remediation !== "");
  const shown = JSON.stringify(error) + error.stack;
  assert(!shown.includes("secret-of"), "the error shows a secret");
  return error;
}

test("webhooks: verifies what the key signed, and names the key", async () => {
  assertEquals(await verifyWebhook(await signed(BODY), KEY), "appId.keyId");
});

test("webhooks: agrees with a signature that openssl made", async () => {
  // printf '{"items":[]}' | openssl dgst -sha256 -hmac secret-of-the-key -binary | base64
  const delivery = {
    headers: {
      "X-Ably-Key": "keyId",
      "X-Ably-Signature": "b+1qVriF8b+zemBXRZIwRbXNTijCPksgwOfJMpyCX8E=",
    },
    body: '{"items":[]}',
  };
  assertEquals(await verifyWebhook(delivery, KEY), "appId.keyId");
  assertEquals(await readWebhook(delivery, { key: KEY }), []);
});

test("webhooks: leaves the request's body to be read", async () => {
  const request = await signed(BODY);
  await verifyWebhook(request, KEY);
  assertEquals(await request.text(), BODY);
});

test("webhooks: takes headers and a body that something else has read", async () => {
  const headers = await signature(BODY);
  const upperCase = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toUpperCase(), value]),
  );
  const lists = {
    ...Object.fromEntries(Object.entries(headers).map(([n, v]) => [n, [v]])),
    x: undefined,
  };
  for (const form of [headers, upperCase, lists, new Headers(headers)]) {
    for (const body of [BODY, utf8(BODY), utf8(BODY).buffer, new DataView(utf8(BODY).buffer)]) {
      assertEquals(await verifyWebhook({ headers: form, body }, KEY), "appId.keyId");
    }
  }
});

test("webhooks: signs over the bytes as they are", async () => {
  const body = new Uint8Array(256).map((_, i) => i);
  const request = requestOf(body, await signature(body));
  assertEquals(await verifyWebhook(request, KEY), "appId.keyId");
  const umlauts = JSON.stringify({ items: [], note: "Grüße 👋" });
  assertEquals(await verifyWebhook(await signed(umlauts), KEY), "appId.keyId");
});

test("webhooks: several keys verify while one replaces another", async () => {
  const keys = [KEY, OLD_KEY, FOREIGN_KEY];
  assertEquals(await verifyWebhook(await signed(BODY, OLD_KEY), keys), "appId.oldId");
  assertEquals(await verifyWebhook(await signed(BODY, KEY), keys), "appId.keyId");
  // Two of the keys have the same id, in different apps.
  assertEquals(await verifyWebhook(await signed(BODY, FOREIGN_KEY), keys), "other.keyId");
});

test("webhooks: the key may be named by its id, by its whole name, or not at all", async () => {
  const { "x-ably-signature": mac } = await signature(BODY);
  for (const name of ["keyId", "appId.keyId"]) {
    const request = requestOf(BODY, { "x-ably-signature": mac!, "x-ably-key": name });
    assertEquals(await verifyWebhook(request, KEY), "appId.keyId");
  }
  const unnamed = requestOf(BODY, { "x-ably-signature": mac! });
  assertEquals(await verifyWebhook(unnamed, [OLD_KEY, KEY]), "appId.keyId");
});

test("webhooks: refuses a body that was altered, byte by byte", async () => {
  const headers = await signature(BODY);
  const bytes = utf8(BODY);
  for (let i = 0; i < bytes.length; i += 7) {
    const altered = bytes.slice();
    altered[i] = altered[i]! ^ 1;
    const error = await refusal(() => verifyWebhook({ headers, body: altered }, KEY));
    assertEquals([error.code, error.statusCode], [40101, 401]);
  }
  for (
    const body of ["", BODY + " ", BODY.slice(0, -1), JSON.stringify(JSON.parse(BODY), null, 1)]
  ) {
    const error = await refusal(() => verifyWebhook({ headers, body }, KEY));
    assertEquals(error.code, 40101);
  }
});

test("webhooks: refuses signatures that are wrong in any way", async () => {
  const { "x-ably-signature": mac } = await signature(BODY);
  const bytes = Uint8Array.from(atob(mac!), (char) => char.charCodeAt(0));
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  const wrong = [
    "",
    "AAAA",
    hex,
    mac!.slice(0, -4),
    btoa(String.fromCharCode(...bytes, 0)),
    btoa(String.fromCharCode(...bytes.slice(0, 31), bytes[31]! ^ 1)),
    `sha256=${hex}`,
    "not base64 !",
    `${mac}, ${mac}`,
  ];
  for (const value of wrong) {
    const request = requestOf(BODY, { "x-ably-signature": value, "x-ably-key": "keyId" });
    const error = await refusal(() => verifyWebhook(request, KEY));
    assertEquals([error.code, error.statusCode], [40101, 401], value);
  }
});

test("webhooks: a key whose name has no dot, or several, verifies as others do", async () => {
  for (const key of ["keyId:s", "a.b.c:s"]) {
    const name = key.split(":")[0]!;
    for (const named of [name, name.slice(name.indexOf(".") + 1)]) {
      const headers = { ...await signature(BODY, key), "x-ably-key": named };
      assertEquals(await verifyWebhook(requestOf(BODY, headers), key), name);
    }
  }
});

test("webhooks: refuses other keys", async () => {
  const foreign = await refusal(async () => verifyWebhook(await signed(BODY, FOREIGN_KEY), KEY));
  assertEquals([foreign.code, foreign.statusCode], [40101, 401]);
  const old = await refusal(async () => verifyWebhook(await signed(BODY, OLD_KEY), KEY));
  assertEquals([old.code, old.statusCode], [40101, 401]);
  assertStringIncludes(old.message, '"oldId"');
});

test("webhooks: refuses what is not signed", async () => {
  const error = await refusal(() => verifyWebhook(requestOf(BODY, { "x-ably-key": "keyId" }), KEY));
  assertEquals([error.code, error.statusCode], [40100, 401]);
  assertStringIncludes(error.remediation, "batch mode");
});

test("webhooks: refuses to verify without a good key", async () => {
  for (const keys of [[], null, undefined]) {
    const error = await refusal(async () => verifyWebhook(await signed(BODY), keys as string[]));
    assertEquals([error.code, error.statusCode], [40003, 500]);
  }
  for (const key of [5, {}, [5], true]) {
    const error = await refusal(async () => verifyWebhook(await signed(BODY), key as string));
    assertEquals(error.code, 40005);
  }
  for (const key of ["", "keyId", "appId.keyId", ":secret-of", "appId.keyId:"]) {
    const error = await refusal(async () => verifyWebhook(await signed(BODY), key));
    assertEquals(error.code, 40005, key);
  }
});

test("webhooks: stops reading a body at the limit", async () => {
  const headers = await signature(BODY);
  const forms = [
    requestOf(BODY, headers),
    requestOf(BODY, { ...headers, "content-length": String(BODY.length) }),
    { headers, body: BODY },
  ];
  for (const form of forms) {
    const error = await refusal(() => verifyWebhook(form, KEY, { maxBodySize: BODY.length - 1 }));
    assertEquals([error.code, error.statusCode], [40009, 413]);
  }
  const fits = { maxBodySize: BODY.length };
  assertEquals(await verifyWebhook(requestOf(BODY, headers), KEY, fits), "appId.keyId");
});

test("webhooks: does not read a stream beyond the limit", async () => {
  let pulled = 0;
  let cancelled = false;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      pulled++;
      controller.enqueue(new Uint8Array(1000));
    },
    cancel() {
      cancelled = true;
    },
  });
  const endless = { headers: new Headers(), body, bodyUsed: false } as unknown as Request;
  const error = await refusal(() => readWebhook(endless, { key: KEY, maxBodySize: 5000 }));
  assertEquals(error.code, 40009);
  assert(pulled <= 8, `pulled ${pulled} chunks`);
  assert(cancelled, "the stream was not cancelled");
});

test("webhooks: says that a body has been read already", async () => {
  const request = await signed(BODY);
  await request.text();
  for (const run of [() => verifyWebhook(request, KEY), () => readWebhook(request, { key: KEY })]) {
    const error = await refusal(run);
    assertEquals(error.code, 40001);
    assertStringIncludes(error.message, "already been read");
  }
});

test("verifyWebhook: gives up a body that takes too long, and leaves the request to be read", async () => {
  const body = new ReadableStream<Uint8Array>({ pull: () => new Promise(() => {}) });
  const init = { method: "POST", body, duplex: "half", headers: { "x-ably-signature": "x" } };
  const request = new Request("https://worker.example/webhook", init as RequestInit);
  const options = { bodyTimeout: 20 };
  const error = await assertRejects(() => verifyWebhook(request, KEY, options), ErrorInfo);
  assertEquals([error.code, error.statusCode, request.bodyUsed], [50003, 408, false]);
  const bad = await assertRejects(
    () => verifyWebhook(request, KEY, { bodyTimeout: -1 }),
    ErrorInfo,
  );
  assertEquals(bad.code, 40003);
});
