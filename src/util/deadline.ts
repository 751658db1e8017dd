import { atCaller } from "../errors.ts";
import type { Clock, Timer } from "./clock.ts";

/** A limit to the duration of some work, and a signal that can end it earlier. */
export interface Deadline {
  /** The clock that measures the time. */
  clock: Clock;
  /** The limit in milliseconds. Without it, there is no limit. */
  timeout?: number;
  /** Ends the wait when the caller gives up. The wait then rejects with the reason of the signal. */
  signal?: AbortSignal | null;
  /** Makes the error for work that exceeded the limit. */
  onTimeout?: () => Error;
}

/**
 * Runs some work until it settles, exceeds the limit or is aborted by the caller. In the last two cases the work is aborted
 * through its own signal but not awaited, so work that ignores the signal cannot delay the caller.
 *
 * @param run The work; it may listen to the signal.
 * @param deadline The limit and the caller's signal.
 * @throws The error of `onTimeout`, or the reason of the caller's signal.
 */
export async function withDeadline<T>(
  run: (signal: AbortSignal) => Promise<T>,
  { clock, timeout, signal, onTimeout }: Deadline,
): Promise<T> {
  if (signal?.aborted) throw signal.reason;
  const controller = new AbortController();
  let timer: Timer;
  let onAbort = () => {};
  try {
    return await new Promise<T>((resolve, reject) => {
      const giveUp = (reason: unknown) => {
        reject(reason);
        controller.abort(reason);
      };
      onAbort = () => giveUp(signal?.reason);
      timer = timeout === undefined
        ? undefined
        : clock.setTimeout(() => giveUp(onTimeout?.() ?? new Error("Timed out")), timeout);
      signal?.addEventListener("abort", onAbort, { once: true });
      // The stack of an error shows the code that awaits it only if nothing but `resolve` and `reject` stands between.
      run(controller.signal).then(resolve, reject);
    });
  } finally {
    if (timer !== undefined) clock.clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
  }
}

/** Waits for a promise that others wait for too, until the caller gives up. An error gets the stack of the caller. */
export async function untilAborted<T>(
  promise: Promise<T>,
  signal?: AbortSignal | null,
): Promise<T> {
  try {
    return await abortable(promise, signal);
  } catch (error) {
    throw atCaller(error);
  }
}

/** As {@linkcode untilAborted}, for a caller that catches the error itself: without a further promise. */
export function abortable<T>(promise: Promise<T>, signal?: AbortSignal | null): Promise<T> {
  if (signal == null) return promise;
  if (signal.aborted) {
    promise.catch(() => {}); // The caller gave up, so mark a later failure as handled.
    return Promise.reject(signal.reason);
  }
  return new Promise<T>((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}
