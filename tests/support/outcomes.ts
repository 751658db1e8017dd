import { ErrorInfo } from "../../mod.ts";
import { assertInstanceOf } from "../harness.ts";
import type { Rig } from "./realtime_rig.ts";

/** The outcome of a promise; `"pending"` if it has not settled. */
export async function outcome<T>(promise: Promise<T>, rig: Rig): Promise<T | "pending" | Error> {
  let result: T | "pending" | Error = "pending";
  promise.then((value) => result = value, (error) => result = error);
  await rig.settle();
  return result;
}

/** The error that a call fails with; it must be an ErrorInfo. */
export async function failureOf(call: () => unknown): Promise<ErrorInfo> {
  try {
    await call();
  } catch (error) {
    assertInstanceOf(error, ErrorInfo, `The call failed with ${error}`);
    return error;
  }
  throw new Error("The call did not fail");
}

/** A signal that was aborted before the call. */
export function aborted(): AbortSignal {
  return AbortSignal.abort(new DOMException("Enough", "AbortError"));
}

/** Waits for ciphers, which work on another thread. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve));
}
