import { checkedSignal } from "../../client/call_options.ts";
import * as ErrorCode from "../../error_numbers.ts";
import { createError, type ErrorInfo } from "../../errors.ts";
import { oneOf, readMembers, type Rule, type Shape } from "../../util/read_members.ts";

/** The options of an iterator over live items. */
export interface LiveOptions {
  /** Ends the iteration when aborted; items that wait to be taken are dropped. */
  signal?: AbortSignal | null;
  /** The number of items that may wait to be taken, from 1. Defaults to 10000; `Infinity` for no limit. */
  bufferLimit?: number | null;
  /**
   * The action when more items wait: `"error"` ends the iteration with an error after the waiting items, `"drop-oldest"` and
   * `"drop-newest"` lose items. Defaults to `"error"`.
   */
  onOverflow?: "error" | "drop-oldest" | "drop-newest" | null;
}

const COUNT: Rule = {
  allows: (value) => value === Infinity || Number.isSafeInteger(value) && (value as number) > 0,
  text: "a whole number from 1",
};

const LIVE_OPTIONS: Shape<LiveOptions> = {
  what: "The options",
  code: ErrorCode.BadRequest,
  names: {
    bufferLimit: COUNT,
    onOverflow: oneOf("error", "drop-oldest", "drop-newest"),
    signal: true,
  },
};

/** The source of live items. */
export interface LiveSource<T> {
  /**
   * Starts to deliver items.
   *
   * @param listener Takes an item; returns whether a call was waiting for it.
   * @param end Ends the iteration after the items that wait, with an error if one is given. It must not be called before
   * `start` has returned.
   * @returns A function that stops the delivery.
   */
  start(listener: (item: T) => boolean, end: (error?: unknown) => void): () => void;
  /** Called when the loop waits for an item. */
  onWaiting(): void;
}

const DEFAULT_LIMIT = 10_000;

/**
 * Items as they come, for `for await`. Delivery starts at once, so that nothing is missed before the first turn of the
 * loop; leaving the loop stops it.
 *
 * @throws {ErrorInfo} 40000 if an option is not valid.
 */
export function liveItems<T>(
  source: LiveSource<T>,
  options?: LiveOptions | null,
): AsyncIterableIterator<T> {
  return new LiveItems<T>(source, readMembers(options, LIVE_OPTIONS));
}

class LiveItems<T> implements AsyncIterableIterator<T> {
  readonly #source: LiveSource<T>;
  readonly #options: LiveOptions;
  readonly #limit: number;
  readonly #waiting: T[] = [];
  readonly #takers: PromiseWithResolvers<IteratorResult<T>>[] = [];
  readonly #onAbort = () => void this.return();
  #stop = () => {};
  /** Set once no more items come; `error` is thrown to the caller that asks for an item after the last one. */
  #ended: { error?: unknown } | undefined;

  constructor(source: LiveSource<T>, options: LiveOptions) {
    const { signal, bufferLimit } = options;
    this.#source = source;
    this.#options = options;
    checkedSignal(signal ?? undefined);
    this.#limit = bufferLimit ?? DEFAULT_LIMIT;
    if (signal?.aborted) this.#ended = {};
    else {
      signal?.addEventListener("abort", this.#onAbort);
      this.#stop = source.start((item) => this.#take(item), (error) => this.#end(error));
    }
  }

  next(): Promise<IteratorResult<T>> {
    if (this.#waiting.length > 0) {
      return Promise.resolve({ done: false, value: this.#waiting.shift()! });
    }
    const taker = Promise.withResolvers<IteratorResult<T>>();
    if (this.#ended) this.#settle(taker);
    else {
      this.#source.onWaiting();
      this.#takers.push(taker);
    }
    return taker.promise;
  }

  return(): Promise<IteratorResult<T>> {
    this.#waiting.length = 0;
    this.#end();
    this.#ended = {};
    return this.next();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #take(item: T): boolean {
    if (this.#ended) return false; // Another listener to the same item has ended it.
    const taker = this.#takers.shift();
    if (taker) taker.resolve({ done: false, value: item });
    else this.#keep(item);
    return taker !== undefined;
  }

  #keep(item: T): void {
    if (this.#waiting.length >= this.#limit) {
      const { onOverflow } = this.#options;
      if (onOverflow === "drop-newest") return;
      if (onOverflow !== "drop-oldest") return this.#end(overflow(this.#limit));
      this.#waiting.shift();
    }
    this.#waiting.push(item);
  }

  #end(error?: unknown): void {
    if (this.#ended) return;
    this.#ended = { error };
    this.#stop();
    for (const taker of this.#takers.splice(0)) this.#settle(taker);
  }

  /** Settles a call after the last item. An error is thrown once; after it the iteration is over. */
  #settle({ resolve, reject }: PromiseWithResolvers<IteratorResult<T>>): void {
    const { error } = this.#ended!;
    this.#ended = {};
    this.#options.signal?.removeEventListener("abort", this.#onAbort);
    if (error === undefined) resolve(END);
    else reject(error);
  }
}

const END: IteratorReturnResult<undefined> = { done: true, value: undefined };

function overflow(limit: number): ErrorInfo {
  return createError(
    ErrorCode.BadRequest,
    `More than ${limit} items are waiting to be taken from the iterator`,
    "Take items faster, raise bufferLimit, or choose with onOverflow what to drop.",
  );
}
