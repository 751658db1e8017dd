import { type Clock, systemClock, type Timer } from "./clock.ts";
import { joinBytes } from "./encode_bytes.ts";

/** The beginning of a body. */
export interface BodyStart {
  /** At most as many bytes as were asked for. */
  bytes: Uint8Array<ArrayBuffer>;
  /** Whether that is all there was. */
  isAll: boolean;
}

/** A limit to the time that a body takes. */
export interface BodyDeadline {
  /** Milliseconds for the whole body. */
  timeout: number;
  /** Makes the error for one that takes longer. */
  onTimeout: () => Error;
  /** The clock that counts. Defaults to the runtime's. */
  clock?: Clock;
}

/** The most chunks without a byte that are accepted. */
const MAX_EMPTY = 1_000;

/**
 * Reads a body up to a limit and cancels the rest, so that its connection is free again.
 *
 * @param message Whose body to read.
 * @param limit How many bytes to read at most.
 * @param deadline How long it may take. Left out, there is no limit.
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
  const { promise: late, reject } = Promise.withResolvers<never>();
  const clock = deadline.clock ?? systemClock;
  const timer: Timer = clock.setTimeout(() => {
    reject(deadline.onTimeout());
    reader.cancel().catch(() => {});
  }, deadline.timeout);
  // A race, as cancelling may not be enough: a source can keep its reader waiting all the same.
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
