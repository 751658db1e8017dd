import type { Format } from "./clients.ts";

/** A payload and its name. */
export interface Payload {
  name: string;
  data: unknown;
}

/** One payload of every kind. */
export const PAYLOADS: readonly Payload[] = [
  { name: "text", data: "Grüße, 世界 \u{1F30D}" },
  { name: "empty text", data: "" },
  { name: "object", data: { answer: 42, nested: { list: [1, null, "é"] } } },
  { name: "array", data: [1, "two", { three: 3 }] },
  { name: "binary", data: new Uint8Array([0, 1, 2, 127, 128, 255]) },
  { name: "empty binary", data: new Uint8Array() },
];

/** No payload. The official client encrypts it as the text `null`, so it has no place among the others. */
export const NOTHING: Payload = { name: "nothing", data: null };

/** A key of 256 bits for encrypted channels, in base64. */
export const CIPHER_KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/** Data in a form that can be compared: clients differ in which class they use for bytes. */
export function comparable(data: unknown): unknown {
  return data instanceof Uint8Array ? { bytes: [...data] } : data ?? null;
}

/** The attributes by which messages are compared. */
export function essence(
  { name, data, clientId }: { name?: string | null; data?: unknown; clientId?: string | null },
): unknown {
  return { name, data: comparable(data), clientId: clientId ?? null };
}

/** The formats of a test, for its name. */
export function formats(ably: Format, own: Format): string {
  return `ably ${ably}, here ${own}`;
}
