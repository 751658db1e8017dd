import type { Clock } from "../util/clock.ts";
import { withDeadline } from "../util/deadline.ts";
import { currentRequestScope } from "../util/request_scope.ts";

/** The time between checks whether the request that started a call still runs, in milliseconds (on Workers). */
const CHECK_INTERVAL = 250;

/** The time to wait for a call that another caller has started. */
export interface JoinTimeout {
  /** The clock that measures the time. */
  clock: Clock;
  /** The time to wait, in milliseconds. */
  timeout: number;
}

/**
 * A call that several callers wait for. It is aborted when no caller waits any more.
 *
 * The caller that started it waits without a limit. Others wait for a limited time, and on Workers only as long as the request
 * that started it runs: the call, its timers included, ends silently with that request.
 */
export class SharedCall<T> {
  readonly #joinTimeout: JoinTimeout;
  readonly #result: Promise<T>;
  readonly #givenUp = new AbortController();
  readonly #begun: number;
  readonly #scope = currentRequestScope();
  #waiting = 0;

  /**
   * @param run The call; its signal aborts when no caller waits any more.
   * @param joinTimeout The time that joiners wait.
   */
  constructor(run: (givenUp: AbortSignal) => Promise<T>, joinTimeout: JoinTimeout) {
    this.#joinTimeout = joinTimeout;
    this.#begun = joinTimeout.clock.now();
    this.#result = run(this.#givenUp.signal);
    // Waiting callers receive the rejection; without any, mark it as handled.
    this.#result.catch(() => {});
  }

  /** Whether the call was aborted, so that it is too late to join. */
  get isGivenUp(): boolean {
    const { clock, timeout } = this.#joinTimeout;
    return this.#givenUp.signal.aborted || clock.now() - this.#begun > 2 * timeout;
  }

  /**
   * Waits for the result without a limit, as the caller that started the call.
   *
   * @param signal Ends the wait of this caller.
   */
  waitAsStarter(signal?: AbortSignal | null): Promise<T> {
    return this.#wait({ clock: this.#joinTimeout.clock, signal });
  }

  /**
   * Waits for the result for a limited time, as another caller. After that it starts another call, and takes the result that
   * arrives first.
   *
   * @param retry Starts the other call.
   * @param signal Ends the wait of this caller.
   */
  async join(retry: () => Promise<T>, signal?: AbortSignal | null): Promise<T> {
    const { clock, timeout } = this.#joinTimeout;
    const until = clock.now() + timeout;
    const late = new Error(); // Never leaves this method.
    this.#waiting++; // Counts also between the checks.
    try {
      while (clock.now() < until) {
        const scope = this.#scope;
        const isForeign = scope?.barrier !== undefined;
        if (isForeign && !await scope.run(() => {}, clock)) return await retry();
        const wait = isForeign ? CHECK_INTERVAL : until - clock.now();
        try {
          return await this.#wait({ clock, timeout: wait, signal, onTimeout: () => late });
        } catch (error) {
          if (error !== late) throw error;
        }
      }
      return await new Promise<T>((resolve, reject) => {
        this.#result.then(resolve, () => {});
        retry().then(resolve, reject);
      });
    } finally {
      this.#leave();
    }
  }

  #wait(deadline: Parameters<typeof withDeadline<T>>[1]): Promise<T> {
    this.#waiting++;
    return withDeadline(() => this.#result, deadline).finally(() => this.#leave());
  }

  #leave(): void {
    if (--this.#waiting === 0) this.#givenUp.abort();
  }
}

/**
 * Gets a value for all callers that wait for it.
 *
 * @param givenUp Aborts when no caller waits any more.
 * @param isOvertaken Whether a later call has overtaken this one. If so, its value must not be stored.
 */
export type Run<T> = (givenUp: AbortSignal, isOvertaken: () => boolean) => Promise<T>;

/**
 * Calls of one kind, such as those for a client's next token. Callers at the same time share one call. A caller is in one of
 * four situations:
 *
 * 1. First caller: it starts the call, and waits for the result without a limit.
 * 2. Joiner: a call is in progress. The joiner waits for the same value or the same error.
 * 3. Joiner whose starter ended: on Workers, a call ends without a result when the request that started it ends. The joiner
 *    detects that, or its wait times out. It takes the value that another caller got in the meantime; without one, it begins
 *    again in situation 1 or 2.
 * 4. Overtaken, by `authorize()`: later callers join the call that has overtaken the older one. The value of the older call is
 *    not stored: the callers that wait for it get that of the newer one.
 */
export class SharedCalls<T> {
  readonly #joinTimeout: JoinTimeout;
  #current: SharedCall<T> | null = null;
  /** The number of calls that have overtaken others. */
  #epoch = 0;

  /** @param joinTimeout The time that a joiner waits. */
  constructor(joinTimeout: JoinTimeout) {
    this.#joinTimeout = joinTimeout;
  }

  /** Starts a call that overtakes the one in progress, and waits for its result. */
  overtake(run: Run<T>, signal?: AbortSignal | null): Promise<T> {
    this.#epoch++;
    return this.start(run, signal);
  }

  /** Starts a call, even if one is in progress, and waits for its result. */
  start(run: Run<T>, signal?: AbortSignal | null): Promise<T> {
    const epoch = this.#epoch;
    const call = new SharedCall<T>(
      (givenUp) => run(givenUp, () => epoch !== this.#epoch).finally(() => this.#forget(call)),
      this.#joinTimeout,
    );
    this.#current = call;
    return call.waitAsStarter(signal);
  }

  /**
   * Joins the call in progress, or starts one.
   *
   * @param run The call to start.
   * @param retry The other call, for a joiner that got no result in time. The call that it had joined is forgotten by then.
   * @param signal Ends the wait of this caller.
   */
  share(run: Run<T>, retry: () => Promise<T>, signal?: AbortSignal | null): Promise<T> {
    const current = this.#current;
    if (current === null || current.isGivenUp) return this.start(run, signal);
    return current.join(() => {
      this.#forget(current);
      return retry();
    }, signal);
  }

  #forget(call: SharedCall<T>): void {
    if (this.#current === call) this.#current = null;
  }
}
