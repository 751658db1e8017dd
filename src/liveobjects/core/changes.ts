import * as ObjectAction from "./object_action.ts";
import type { ObjectOperation } from "./object_message.ts";
import { Reference } from "./object_value.ts";
import {
  createOperations,
  type Origins,
  type PlannedObject,
  planValue,
  requireFinite,
  requireText,
} from "./value_types.ts";

/** A checked change of one object. */
export interface Change {
  readonly operation: ObjectOperation;
  /** The objects to create before, the last of which becomes the value of the key. */
  readonly planned?: PlannedObject[];
}

/**
 * Sets a key of a map (RTLM20–RTLM20a3).
 *
 * @throws {ErrorInfo} 40003 if the key is not text, 40013 if the value cannot be stored.
 */
export function setChange(objectId: string, key: unknown, given: unknown): Change {
  checkKey(key); // RTLM20e1
  const value = planValue(given);
  const isNew = Array.isArray(value);
  const mapSet = { key, value: isNew ? undefined : value }; // RTLM20e3–RTLM20e7, RTLM20e7b–RTLM20e7f
  return {
    operation: { action: ObjectAction.MapSet, objectId, mapSet }, // RTLM20e2
    planned: isNew ? value : undefined, // RTLM20e7g1
  };
}

/**
 * Removes a key of a map (RTLM21–RTLM21a1).
 *
 * @throws {ErrorInfo} 40003 if the key is not text.
 */
export function removeChange(objectId: string, key: unknown): Change {
  checkKey(key); // RTLM21e1
  return { operation: { action: ObjectAction.MapRemove, objectId, mapRemove: { key } } }; // RTLM21e2–RTLM21e5
}

/**
 * Adds to a counter, or subtracts from it (RTLC12–RTLC12a1, RTLC13–RTLC13a1).
 *
 * @param sign 1 to add, -1 to subtract.
 * @throws {ErrorInfo} 40003 if the amount is not a finite number.
 */
export function incrementChange(objectId: string, amount: unknown, sign: 1 | -1): Change {
  const given = amount ?? 1; // RTPO17a1, RTPO18a1
  requireFinite(given, "The change of a counter"); // RTLC12e1, RTLC13c
  const number = sign * given + 0; // Adding 0 turns -0 into 0.
  return { operation: { action: ObjectAction.CounterInc, objectId, counterInc: { number } } }; // RTLC12e2–RTLC12e5
}

/**
 * Makes the operations of several changes, in their order. Created objects come right before the operation that refers to them
 * (RTLM20h1, RTLM20h2).
 *
 * @returns The operations; a promise of them only if objects must be created.
 */
export function operationsOf(
  changes: readonly Change[],
  origins: () => Promise<Origins>,
): ObjectOperation[] | Promise<ObjectOperation[]> {
  return changes.some(({ planned }) => planned)
    ? createAll(changes, origins)
    : changes.map(({ operation }) => operation);
}

async function createAll(
  changes: readonly Change[],
  origins: () => Promise<Origins>,
): Promise<ObjectOperation[]> {
  const known = await origins();
  const groups = await Promise.all(changes.map(async ({ operation, planned }) => {
    if (!planned) return [operation];
    const created = await createOperations(planned, known);
    const value = new Reference(created.at(-1)!.objectId); // RTLM20e7g2
    return [...created, { ...operation, mapSet: { ...operation.mapSet!, value } }];
  }));
  return groups.flat();
}

/**
 * Checks a key (RTLMV4b, RTPO5b).
 *
 * @throws {ErrorInfo} 40003 if it is not text.
 */
export function checkKey(key: unknown): asserts key is string {
  requireText(key, "The key of a map");
}
