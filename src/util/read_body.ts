import { type Clock, systemClock, type Timer } from "./clock.ts";
import { joinBytes } from "./encode_bytes.ts";

/** The beginning of a body. */
export interface BodyStart {
  /** At most as many bytes as the limit. */
  bytes: Uint8Array<ArrayBuffer>;
  /** Whether the body ends here. */
  isAll: boolean;
}

/** A limit to the time for reading a body. */
export interface BodyDeadline {
  /** Milliseconds for the whole body. */
  timeout: number;
  /** Makes the error for a body that takes longer. */
  onTimeout: () => Error;
  /** The clock that measures the time. Defaults to the runtime's. */
  clock?: Clock;
}

/** The number of empty chunks after which reading stops. */
const MAX_EMPTY = 1_000;

/**
 * Reads a body up to a limit and cancels the rest, which frees its connection.
 *
 * @param message The request or response with the body.
 * @param limit The most bytes to read.
 * @param deadline The time limit. Without it, there is no time limit.
 * @throws The error of the deadline.
 */
export async function readAtMost(
  { body }: Request | Response,
  limit: number,
  deadline?: BodyDeadline,
): Promise<BodyStart> {
  const reader = body?.getReader();
  if (reader === undefined) return { bytes: joinBytes([]), isAll: true };
  if (deadline === undefined) return await readChunks(reader, limit);
  const clock = deadline.clock ?? systemClock;
  let timer: Timer;
  // Not withResolvers, which Node 20 does not have.
  const late = new Promise<never>((_, reject) => {
    timer = clock.setTimeout(() => {
      reject(deadline.onTimeout());
      reader.cancel().catch(() => {});
    }, deadline.timeout);
  });
  // A race, because cancelling may not be enough: some sources keep their reader waiting.
  return await Promise.race([readChunks(reader, limit), late])
    .finally(() => clock.clearTimeout(timer));
}

async function readChunks(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  limit: number,
): Promise<BodyStart> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  let empty = 0;
  while (true) {
    const { done, value } = await reader.read();
    if (done) return { bytes: joinBytes(chunks), isAll: true };
    length += value.byteLength;
    if (value.byteLength > 0) chunks.push(value);
    else empty++;
    if (length <= limit && empty <= MAX_EMPTY) continue;
    await reader.cancel().catch(() => {});
    return { bytes: joinBytes(chunks).subarray(0, limit), isAll: false };
  }
}
