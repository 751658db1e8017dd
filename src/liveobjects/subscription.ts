import type { Subscription } from "./core/api_objects.ts";
import { requireArgument } from "./core/value_types.ts";

/** The handle of a listener (SUB1, SUB2a). */
export function subscription(unsubscribe: () => void): Subscription {
  return { unsubscribe, [Symbol.dispose]: unsubscribe };
}

/**
 * Checks a listener.
 *
 * @throws {ErrorInfo} 40003 if it is no function.
 */
export function requireListener(listener: unknown): void {
  requireArgument(typeof listener === "function", listener, ["A listener", "a function"]);
}
