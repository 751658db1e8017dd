import * as ErrorCode from "../../error_numbers.ts";
import { createError, type ErrorInfo } from "../../errors.ts";
import type { ChannelManager } from "./channel_manager.ts";
import { isIgnoredCallback } from "../../util/callbacks.ts";
import type { SubscriptionListener, SubscriptionTarget } from "./subscriptions.ts";

/** The items subscribed to, and the listener. */
export interface SubscribeArguments<T> {
  /** The items subscribed to. */
  target: SubscriptionTarget<T>;
  /** The listener; null if a removal concerns all listeners. */
  listener: SubscriptionListener<T> | null;
}

/**
 * Reads the arguments of `subscribe` and `unsubscribe`: `(listener)`, `(name, listener)`, `(names, listener)` and
 * `(filter, listener)`.
 *
 * @param readFilter Makes a target of a filter; absent if filters are not supported.
 * @throws {ErrorInfo} 40000 for other arguments.
 */
export function subscribeArguments<T>(
  first: unknown,
  second: unknown,
  readFilter?: (filter: object) => SubscriptionTarget<T>,
): SubscribeArguments<T> {
  if (first == null) return { target: {}, listener: checkListener(second) };
  if (typeof first === "function") {
    return { target: {}, listener: first as SubscriptionListener<T> };
  }
  const listener = checkListener(second);
  if (typeof first === "string") return { target: { names: [first] }, listener };
  if (Array.isArray(first)) return { target: { names: first }, listener };
  if (typeof first === "object" && readFilter) {
    return { target: readFilter(first), listener };
  }
  throw invalidSubscribeArguments(
    `Expected a name, an array of names${
      readFilter ? ", a filter" : ""
    } or a function, got ${typeof first}`,
  );
}

/**
 * The listener of a `subscribe` call, which needs one.
 *
 * @throws {ErrorInfo} 40000 if there is no listener.
 */
export function requireListener<T>({ listener }: SubscribeArguments<T>): SubscriptionListener<T> {
  if (listener === null) throw invalidSubscribeArguments("There is no listener to subscribe");
  return listener;
}

/** Warns of a callback after the listener of a `subscribe` call. */
export function warnOfCallback(channel: ChannelManager, given: ArrayLike<unknown>): void {
  const { logger } = channel.context.options;
  isIgnoredCallback(logger, "subscribe", given[typeof given[0] === "function" ? 1 : 2]);
}

function checkListener<T>(value: unknown): SubscriptionListener<T> | null {
  if (value == null) return null;
  if (typeof value === "function") return value as SubscriptionListener<T>;
  throw invalidSubscribeArguments(`The listener is not a function: ${typeof value}`);
}

function invalidSubscribeArguments(message: string): ErrorInfo {
  return createError(
    ErrorCode.BadRequest,
    message,
    "Call subscribe(listener), subscribe(name, listener) or subscribe([name, …], listener).",
  );
}
