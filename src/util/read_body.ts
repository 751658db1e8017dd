import { joinBytes } from "./encode_bytes.ts";

/** The beginning of a body. */
export interface BodyStart {
  /** At most as many bytes as were asked for. */
  bytes: Uint8Array<ArrayBuffer>;
  /** Whether that is all there was. */
  isAll: boolean;
}

/**
 * Reads a body up to a limit and cancels the rest, so that its connection is free again.
 *
 * @param message Whose body to read.
 * @param limit How many bytes to read at most.
 */
export async function readAtMost(
  { body }: Request | Response,
  limit: number,
): Promise<BodyStart> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = body?.getReader();
  while (reader) {
    const { done, value } = await reader.read();
    if (done) break;
    chunks.push(value);
    length += value.byteLength;
    if (length <= limit) continue;
    await reader.cancel().catch(() => {});
    return { bytes: joinBytes(chunks).subarray(0, limit), isAll: false };
  }
  return { bytes: joinBytes(chunks), isAll: true };
}
