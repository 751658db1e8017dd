import type { RestObjectGetFullResult } from "./core/api_rest.ts";
import { isRecord } from "../util/wire_fields.ts";
import { decodeValue } from "./core/object_value.ts";
import { publicData } from "./core/public_message.ts";

/**
 * Decodes the full view of an object: bytes, JSON and the semantics of maps, at all levels. Values of unknown form are kept
 * (RSF1). It is not recursive, because the service determines the depth.
 */
export function fullView(answer: unknown): RestObjectGetFullResult {
  const holder: { data?: unknown } = {};
  const open: { target: Record<string, unknown>; name: string; value: unknown }[] = [
    { target: holder, name: "data", value: answer },
  ];
  for (let next = open.pop(); next; next = open.pop()) {
    const { target, name, value } = next;
    target[name] = value;
    if (!isRecord(value)) continue;
    if (isRecord(value.map)) {
      const { entries, semantics } = value.map;
      const decoded: [string, Record<string, unknown>][] = Object.entries(
        isRecord(entries) ? entries : {},
      ).map(([key, entry]) => [key, isRecord(entry) ? { ...entry } : {}]);
      for (const [, entry] of decoded) {
        open.push({ target: entry, name: "data", value: entry.data });
      }
      const map = {
        ...value.map,
        semantics: semanticsOf(semantics),
        entries: Object.fromEntries(decoded),
      };
      target[name] = { ...value, map };
    } else if (!isRecord(value.counter) && value.objectId === undefined) {
      target[name] = publicData(decodeValue(value));
    }
  }
  return holder.data as RestObjectGetFullResult;
}

function semanticsOf(value: unknown): "lww" | "unknown" {
  return value === 0 || String(value).toLowerCase() === "lww" ? "lww" : "unknown";
}
