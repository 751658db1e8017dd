import type { Format } from "../../encoding/chain.ts";
import { toBase64 } from "../../util/bytes.ts";
import { ServiceCode, serviceError } from "../core/service_error.ts";
import type { ObjectState, ObjectValue } from "./wire_operation.ts";
import type { ObjectPool } from "./stored_objects.ts";

const MAX_PATH = 4096;
/** The largest number of values in a view: an object is repeated for each reference to it. */
const MAX_VALUES = 100_000;

/** The target of a path: an object, or a value in a map. */
export type PathTarget = { object: ObjectState } | { value: ObjectValue };

/**
 * Follows a path from an object. Parts are separated by dots, `*` stands for every key, and a backslash escapes the next
 * character.
 *
 * @throws {ErrorInfo} 92005 if it leads nowhere.
 */
export function followPath(pool: ObjectPool, from: ObjectState, path: string): PathTarget[] {
  let targets: PathTarget[] = [{ object: from }];
  for (const part of splitPath(path)) {
    targets = distinct(targets.flatMap((target) => children(pool, target, part)));
  }
  if (targets.length > 0) return targets;
  throw serviceError(
    ServiceCode.ObjectPathInvalid,
    `The path ${JSON.stringify(path)} leads nowhere`,
  );
}

/** Removes duplicate objects. If maps refer to each other, the number of paths to them could be unlimited. */
function distinct(targets: readonly PathTarget[]): PathTarget[] {
  const seen = new Set<ObjectState>();
  return targets.filter((target) => {
    if (!("object" in target)) return true;
    if (seen.has(target.object)) return false;
    seen.add(target.object);
    return true;
  });
}

/** A part of a path: a key, or every key. */
export type PathPart = { key: string } | { every: true };

/** Splits a path into its parts. */
export function splitPath(path: string): PathPart[] {
  if (path === "") return [];
  if (path.length > MAX_PATH) {
    throw serviceError(ServiceCode.ObjectPathInvalid, `A path may have ${MAX_PATH} characters`);
  }
  const parts: PathPart[] = [];
  let key = "";
  let escaped = false;
  let literal = false;
  const end = () => {
    if (key === "" && !literal) {
      throw serviceError(ServiceCode.ObjectPathInvalid, "The path has an empty part");
    }
    parts.push(key === "*" && !literal ? { every: true } : { key });
    key = "";
    literal = false;
  };
  for (const character of path) {
    if (escaped) {
      key += character;
      literal = true;
      escaped = false;
    } else if (character === "\\") escaped = true;
    else if (character === ".") end();
    else key += character;
  }
  end();
  return parts;
}

/** The compact view of an object: maps as plain objects, counters as numbers. */
export function compactView(pool: ObjectPool, target: PathTarget, format: Format): unknown {
  return view(pool, target, { format, compact: true, above: new Set(), written: { count: 0 } });
}

/** The full view of an object, with its metadata. */
export function fullView(pool: ObjectPool, target: PathTarget, format: Format): unknown {
  return view(pool, target, { format, compact: false, above: new Set(), written: { count: 0 } });
}

interface ViewOptions {
  format: Format;
  compact: boolean;
  /** The objects on the path to this one. A reference back to one of them is not followed. */
  above: ReadonlySet<string>;
  /** The number of values in the view so far. */
  written: { count: number };
}

function view(pool: ObjectPool, target: PathTarget, options: ViewOptions): unknown {
  const { format, compact, above, written } = options;
  if (++written.count > MAX_VALUES) {
    throw serviceError(ServiceCode.ObjectMessageTooLarge, `A view may have ${MAX_VALUES} values`);
  }
  if ("value" in target) {
    return compact ? plain(target.value, format) : toldValue(target.value, format);
  }
  const { object } = target;
  const { objectId } = object;
  if (object.counter) {
    const number = pool.count(object);
    return compact ? number : { objectId, counter: { data: { number } } };
  }
  if (above.has(objectId)) return { objectId };
  const inner = { ...options, above: new Set([...above, objectId]) };
  const entries = pool.entries(object).map(([key, value]): [string, unknown] => {
    const inside = view(pool, targetOf(pool, value), inner);
    return [key, compact ? inside : { data: inside }];
  });
  const map = Object.fromEntries(entries);
  return compact ? map : { objectId, map: { semantics: "LWW", entries: map } };
}

function children(pool: ObjectPool, target: PathTarget, part: PathPart): PathTarget[] {
  if (!("object" in target)) return [];
  return pool.entries(target.object)
    .filter(([key]) => "every" in part || key === part.key)
    .map(([, value]) => targetOf(pool, value));
}

function targetOf(pool: ObjectPool, value: ObjectValue): PathTarget {
  const object = value.objectId === undefined ? undefined : pool.get(value.objectId);
  return object === undefined ? { value } : { object };
}

function plain(value: ObjectValue, format: Format): unknown {
  const { bytes } = value;
  if (bytes !== undefined) return format === "json" ? toBase64(bytes) : bytes;
  return value.string ?? value.number ?? value.boolean ?? value.json ?? value;
}

function toldValue(value: ObjectValue, format: Format): object {
  const { bytes } = value;
  return bytes !== undefined && format === "json" ? { bytes: toBase64(bytes) } : value;
}
