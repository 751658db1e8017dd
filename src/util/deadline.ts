import type { Clock } from "./clock.ts";

/** The time that something may take, and a signal that can end it earlier. */
export interface Deadline {
  /** The clock that counts. */
  clock: Clock;
  /** Milliseconds until it is too late. Left out, there is no limit. */
  timeout?: number;
  /** Ends the wait when the caller gives up; its reason is what the wait rejects with. */
  signal?: AbortSignal | null;
  /** Makes the error for when it is too late. */
  onTimeout?: () => Error;
}

/**
 * Runs something until it settles, takes too long or is given up, whichever is first. The loser is aborted through the signal and not awaited, so work that ignores its signal cannot keep the caller waiting.
 *
 * @param run What to do; it may listen to the signal.
 * @param deadline How long it may take.
 * @throws The error of `onTimeout`, or the reason of the caller's signal.
 */
export function withDeadline<T>(
  run: (signal: AbortSignal) => Promise<T>,
  { clock, timeout, signal, onTimeout }: Deadline,
): Promise<T> {
  if (signal?.aborted) return Promise.reject(signal.reason);
  const controller = new AbortController();
  return new Promise<T>((resolve, reject) => {
    const giveUp = (reason: unknown) => {
      settle();
      reject(reason);
      controller.abort(reason);
    };
    const onAbort = () => giveUp(signal?.reason);
    const timer = timeout === undefined
      ? undefined
      : clock.setTimeout(() => giveUp(onTimeout?.() ?? new Error("Timed out")), timeout);
    const settle = () => {
      if (timer !== undefined) clock.clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
    };
    signal?.addEventListener("abort", onAbort, { once: true });
    run(controller.signal).then(resolve, reject).finally(settle);
  });
}

/** Waits for a promise that others wait for too, until the caller gives up. */
export function untilAborted<T>(promise: Promise<T>, signal?: AbortSignal | null): Promise<T> {
  if (signal == null) return promise;
  if (signal.aborted) {
    promise.catch(() => {}); // Its failure has no receiver any more, so mark it as handled.
    return Promise.reject(signal.reason);
  }
  return new Promise<T>((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}
