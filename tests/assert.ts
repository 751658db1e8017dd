// The npm build of @std/assert ships without types: this file gives them, once.
import * as std from "@std/assert";

// deno-lint-ignore no-explicit-any
type Constructor<T> = abstract new (...args: any[]) => T;

interface AssertThrows {
  (fn: () => unknown, message?: string): unknown;
  <E extends Error>(
    fn: () => unknown,
    errorClass: Constructor<E>,
    messageIncludes?: string,
    message?: string,
  ): E;
}

interface AssertRejects {
  (fn: () => PromiseLike<unknown>, message?: string): Promise<unknown>;
  <E extends Error>(
    fn: () => PromiseLike<unknown>,
    errorClass: Constructor<E>,
    messageIncludes?: string,
    message?: string,
  ): Promise<E>;
}

export const AssertionError: Constructor<Error> = std.AssertionError;
export const assert: (value: unknown, message?: string) => asserts value = std.assert;
export const assertEquals: <T>(actual: T, expected: T, message?: string) => void = std.assertEquals;
export const assertNotEquals: <T>(actual: T, expected: T, message?: string) => void =
  std.assertNotEquals;
export const assertStrictEquals: <T>(
  actual: unknown,
  expected: T,
  message?: string,
) => asserts actual is T = std.assertStrictEquals;
export const assertExists: <T>(
  actual: T,
  message?: string,
) => asserts actual is NonNullable<T> = std.assertExists;
export const assertInstanceOf: <T>(
  actual: unknown,
  expectedClass: Constructor<T>,
  message?: string,
) => asserts actual is T = std.assertInstanceOf;
export const assertMatch: (actual: string, expected: RegExp, message?: string) => void =
  std.assertMatch;
export const assertStringIncludes: (
  actual: string,
  expected: string,
  message?: string,
) => void = std.assertStringIncludes;
export const assertObjectMatch: (
  actual: object,
  expected: Record<PropertyKey, unknown>,
  message?: string,
) => void = std.assertObjectMatch;
export const assertThrows: AssertThrows = std.assertThrows;
export const assertRejects: AssertRejects = std.assertRejects;
export const fail: (message?: string) => never = std.fail;
