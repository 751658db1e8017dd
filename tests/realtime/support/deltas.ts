import { isBinary, toBase64, toBytes, utf8 } from "../../../src/util/bytes.ts";
import { assemble, delta, type Step, window } from "../../delta/support/vcdiff_writer.ts";

type Payload = string | Uint8Array<ArrayBuffer>;

/** A delta that copies what two payloads begin with, and adds the rest. */
export function deltaOf(base: Payload, target: Payload): Uint8Array<ArrayBuffer> {
  const [from, to] = [bytesOf(base), bytesOf(target)];
  let same = 0;
  while (same < from.length && from[same] === to[same]) same++;
  const rest = [...to.subarray(same)];
  const steps: Step[] = [
    ...(same > 0 ? [{ type: "copy", address: 0, size: same } as const] : []),
    ...(rest.length > 0 ? [{ type: "add", bytes: rest } as const] : []),
  ];
  const sections = assemble(steps, { sourceSize: from.length, choose: () => 0 });
  const source = { indicator: 1, source: [from.length, 0] as [number, number] };
  return delta(window({ ...source, targetSize: to.length, ...sections }));
}

/** A delta as it is in a JSON frame. */
export function wireDelta(from: string, [base, target]: [Payload, Payload]) {
  const encoding = typeof target === "string" ? "utf-8/vcdiff/base64" : "vcdiff/base64";
  return {
    data: toBase64(deltaOf(base, target)),
    encoding,
    extras: { delta: { from, format: "vcdiff" } },
  };
}

function bytesOf(payload: Payload): Uint8Array<ArrayBuffer> {
  return isBinary(payload) ? toBytes(payload) : utf8(payload);
}
