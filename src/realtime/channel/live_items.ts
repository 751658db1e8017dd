import { ErrorCode } from "../../error_codes.ts";
import { ErrorInfo } from "../../errors.ts";

/** How an iterator over live items behaves. */
export interface LiveOptions {
  /** Ends the iteration when aborted. */
  signal?: AbortSignal | null;
  /** How many items may wait to be taken. Defaults to 10000. */
  bufferLimit?: number | null;
  /**
   * What happens when more wait: `"error"` ends the iteration with an error after the waiting items, `"drop-oldest"` and
   * `"drop-newest"` lose items. Defaults to `"error"`.
   */
  onOverflow?: "error" | "drop-oldest" | "drop-newest" | null;
}

/** Where live items come from. */
export interface LiveSource<T> {
  /**
   * Starts to deliver items.
   *
   * @param listener Takes the items.
   * @param fail Ends the iteration with an error.
   * @returns What stops the delivery.
   */
  start(listener: (item: T) => void, fail: (error: unknown) => void): () => void;
}

const DEFAULT_LIMIT = 10_000;

/**
 * Items as they come, for `for await`. Delivery starts at once, so that nothing is missed before the first turn of the
 * loop; leaving the loop stops it.
 */
export function liveItems<T>(
  source: LiveSource<T>,
  options?: LiveOptions | null,
): AsyncIterableIterator<T> {
  const { signal, onOverflow } = options ?? {};
  const limit = options?.bufferLimit ?? DEFAULT_LIMIT;
  const waiting: T[] = [];
  let taker:
    | { resolve: (result: IteratorResult<T>) => void; reject: (error: unknown) => void }
    | undefined;
  let ended: { error?: unknown } | undefined;

  const end = (outcome: { error?: unknown }) => {
    if (ended) return;
    ended = outcome;
    stop();
    signal?.removeEventListener("abort", onAbort);
    const last = taker;
    taker = undefined;
    if (!last) return;
    if (outcome.error === undefined) last.resolve({ done: true, value: undefined });
    else last.reject(outcome.error);
  };
  const take = (item: T) => {
    if (ended) return;
    if (taker) {
      const { resolve } = taker;
      taker = undefined;
      return resolve({ done: false, value: item });
    }
    if (waiting.length >= limit) {
      if (onOverflow === "drop-newest") return;
      if (onOverflow !== "drop-oldest") return end({ error: overflow(limit) });
      waiting.shift();
    }
    waiting.push(item);
  };
  const onAbort = () => end({});
  const stop = source.start(take, (error) => end({ error }));
  if (signal?.aborted) end({});
  signal?.addEventListener("abort", onAbort, { once: true });

  return {
    next() {
      if (waiting.length > 0) return Promise.resolve({ done: false, value: waiting.shift()! });
      if (ended) {
        const { error } = ended;
        ended = {}; // An error is thrown once; after it the iteration is over.
        return error === undefined
          ? Promise.resolve({ done: true, value: undefined })
          : Promise.reject(error);
      }
      return new Promise((resolve, reject) => taker = { resolve, reject });
    },
    return() {
      waiting.length = 0;
      end({});
      return Promise.resolve({ done: true, value: undefined });
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

function overflow(limit: number): ErrorInfo {
  return new ErrorInfo({
    message: `More than ${limit} items are waiting to be taken from the iterator`,
    code: ErrorCode.BadRequest,
    statusCode: 400,
    remediation: "Take items faster, raise bufferLimit, or choose with onOverflow what to drop.",
  });
}
