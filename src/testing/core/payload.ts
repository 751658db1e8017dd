import type { Format } from "../../encoding/chain.ts";
import { fromBase64Payload, isBinary, toBase64, toBytes } from "../../util/bytes.ts";

/** A stored payload. Binary data is stored as bytes, from every format; other payloads are unchanged. */
export interface Payload {
  data?: string | Uint8Array<ArrayBuffer>;
  encoding?: string;
}

/** Reads a payload in one of the formats. */
export function readPayload(data: unknown, encoding: unknown, format: Format): Payload {
  if (data === null || data === undefined) return {};
  const steps = typeof encoding === "string" && encoding !== "" ? encoding : undefined;
  if (isBinary(data)) return withSteps(toBytes(data), steps);
  if (typeof data !== "string") {
    return withSteps(JSON.stringify(data), steps === undefined ? "json" : `${steps}/json`);
  }
  if (format === "json" && steps !== undefined && lastStep(steps) === "base64") {
    try {
      return withSteps(
        fromBase64Payload(data),
        steps.slice(0, -"base64".length).replace(/\/$/, ""),
      );
    } catch {
      // Store it unchanged; clients report that it is not base64.
    }
  }
  return withSteps(data, steps);
}

/** A copy of an item with its payload in one of the formats. */
export function writePayload<T extends { data?: unknown; encoding?: string | null }>(
  item: T,
  format: Format,
): T {
  if (format === "msgpack" || !(item.data instanceof Uint8Array)) return item;
  return {
    ...item,
    data: toBase64(item.data),
    encoding: item.encoding ? `${item.encoding}/base64` : "base64",
  };
}

function withSteps(data: string | Uint8Array<ArrayBuffer>, steps: string | undefined): Payload {
  return steps ? { data, encoding: steps } : { data };
}

function lastStep(steps: string): string {
  return steps.slice(steps.lastIndexOf("/") + 1);
}
