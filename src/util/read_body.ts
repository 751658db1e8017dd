import { LONGEST_DELAY } from "./clock.ts";
import { joinBytes } from "./encode_bytes.ts";

/** The beginning of a body. */
export interface BodyStart {
  /** At most as many bytes as the limit. */
  bytes: Uint8Array<ArrayBuffer>;
  /** Whether the body ends here. */
  isAll: boolean;
}

/** The number of empty chunks after which reading stops. */
const MAX_EMPTY = 1_000;

/**
 * Reads a body up to a limit and cancels the rest, which frees its connection.
 *
 * @param message The request or response with the body.
 * @param limit The most bytes to read.
 * @param signal Cancels the body when the caller gives up. Some bodies never end after that, so do not wait for the result.
 */
export async function readAtMost(
  { body }: Request | Response,
  limit: number,
  signal?: AbortSignal,
): Promise<BodyStart> {
  const chunks: Uint8Array[] = [];
  const reader = body?.getReader();
  const cancel = () => reader?.cancel().catch(() => {});
  signal?.addEventListener("abort", cancel);
  let length = 0;
  let empty = 0;
  while (true) {
    const { done, value } = await reader?.read() ?? { done: true };
    if (done) return { bytes: joinBytes(chunks), isAll: true };
    length += value.byteLength;
    if (value.byteLength > 0) chunks.push(value);
    else empty++;
    if (length <= limit && empty <= MAX_EMPTY) continue;
    await cancel();
    return { bytes: joinBytes(chunks).subarray(0, limit), isAll: false };
  }
}

/**
 * As {@linkcode readAtMost}, within a time.
 *
 * @param deadline The time for the whole body in milliseconds, and the function that makes the error for one that takes longer.
 */
export async function readInTime(
  message: Request | Response,
  limit: number,
  { timeout, onTimeout }: { timeout: number; onTimeout: () => Error },
): Promise<BodyStart> {
  const controller = new AbortController();
  let timer: ReturnType<typeof setTimeout>;
  // Not withResolvers, which Node 20 does not have.
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(onTimeout());
      controller.abort();
    }, Math.min(timeout, LONGEST_DELAY));
  });
  return await Promise.race([readAtMost(message, limit, controller.signal), late])
    .finally(() => clearTimeout(timer));
}
