import type { Format } from "../../encoding/chain.ts";
import type { RandomSource } from "../../util/random.ts";
import { alphanumeric } from "../core/identifiers.ts";
import { ServiceCode, serviceError } from "../core/service_error.ts";
import {
  invalidOperation,
  ObjectAction,
  type ObjectOperation,
  withoutBytes,
} from "./wire_operation.ts";
import { type ObjectPool, ROOT, typeOf } from "./stored_objects.ts";
import { followPath, splitPath } from "./object_tree.ts";
import { objectIdOf, readOperation } from "./read_operation.ts";

type Given = Readonly<Record<string, unknown>>;

/** The context of a plan. */
export interface PlanContext {
  /** The objects with the effects of the operations planned so far. */
  readonly objects: ObjectPool;
  readonly random: RandomSource;
  readonly clock: { now(): number };
}

/** The wire operations and ids of a REST operation. */
export interface PlannedOperations {
  operations: ObjectOperation[];
  /** The affected objects, with a created one first. */
  objectIds: string[];
}

const ACTIONS: Readonly<Record<string, number>> = {
  mapCreate: ObjectAction.MapCreate,
  mapSet: ObjectAction.MapSet,
  mapRemove: ObjectAction.MapRemove,
  counterCreate: ObjectAction.CounterCreate,
  counterInc: ObjectAction.CounterInc,
  mapClear: ObjectAction.MapClear,
  mapCreateWithObjectId: ObjectAction.MapCreate,
  counterCreateWithObjectId: ObjectAction.CounterCreate,
};

/**
 * Converts a REST operation, with a path in place of an object id, to wire operations.
 *
 * @throws {ErrorInfo} 92000, 92004, 92005 or 92006 if it is not valid.
 */
export async function planOperation(
  channel: PlanContext,
  given: Given,
  format: Format,
): Promise<PlannedOperations> {
  const [name, ...others] = Object.keys(ACTIONS).filter((name) => given[name] != null);
  if (name === undefined) throw invalidOperation("it has no operation");
  if (others.length > 0) {
    throw invalidOperation(`it has several operations: ${[name, ...others].join(", ")}`);
  }
  if (given.objectId != null && given.path != null) {
    throw invalidOperation("it has both an objectId and a path");
  }
  const action = ACTIONS[name]!;
  const path = typeof given.path === "string" ? given.path : undefined;
  const objectId = typeof given.objectId === "string" ? given.objectId : undefined;
  if (action === ObjectAction.MapCreate || action === ObjectAction.CounterCreate) {
    return await planCreate(channel, given, { action, format, path });
  }
  const targets = objectId !== undefined ? [objectId] : objectsAt(channel, path, action);
  const operations = await Promise.all(
    targets.map((objectId) => readOperation({ ...given, action, objectId }, format)),
  );
  return { operations, objectIds: targets };
}

async function planCreate(
  channel: PlanContext,
  given: Given,
  { action, format, path }: { action: number; format: Format; path: string | undefined },
): Promise<PlannedOperations> {
  if (path === undefined) {
    const create = await readCreate(channel, given, { action, format });
    return { operations: [create], objectIds: [create.objectId] };
  }
  const { parents, key } = parentsAt(channel, path);
  const planned: PlannedOperations = { operations: [], objectIds: [] };
  for (const parent of parents) {
    const create = await readCreate(channel, given, { action, format });
    const { objectId } = create;
    planned.operations.push(create, {
      action: ObjectAction.MapSet,
      objectId: parent,
      mapSet: { key, value: { objectId } },
    });
    planned.objectIds.push(objectId, parent);
  }
  return planned;
}

async function readCreate(
  channel: PlanContext,
  given: Given,
  { action, format }: { action: number; format: Format },
): Promise<ObjectOperation> {
  if (typeof given.objectId === "string") return await readOperation({ ...given, action }, format);
  const type = action === ObjectAction.MapCreate ? "map" : "counter";
  // The id depends on the initial value, so read the value first, with an arbitrary id.
  const read = await readOperation({ ...given, action, objectId: `${type}:` }, format);
  const objectId = await objectIdOf(type, {
    initialValue: JSON.stringify(withoutBytes(read.mapCreate ?? read.counterCreate)),
    nonce: alphanumeric(channel.random, 16),
    timestamp: channel.clock.now(),
  });
  return { ...read, objectId };
}

/** The objects at a path. If an action is given, only those of its type. */
function objectsAt(channel: PlanContext, path: string | undefined, action?: number): string[] {
  if (path === undefined) {
    throw serviceError(
      ServiceCode.ObjectIdOrPathRequired,
      "An operation needs an objectId or a path",
    );
  }
  const root = channel.objects.get(ROOT)!;
  const found = followPath(channel.objects, root, path).map((target) =>
    "object" in target ? target.object.objectId : undefined
  );
  const wanted = action === ObjectAction.CounterInc ? "counter" : "map";
  const suitable = found.filter((id) => id !== undefined && typeOf(id) === wanted) as string[];
  if (suitable.length > 0) return suitable;
  throw serviceError(
    ServiceCode.ObjectPathUnsuitable,
    `What is at ${JSON.stringify(path)} is no ${wanted}`,
  );
}

/** The maps at a path without its last part, and the last part. */
function parentsAt(channel: PlanContext, path: string): { parents: string[]; key: string } {
  const parts = splitPath(path);
  const last = parts.at(-1);
  if (last === undefined) {
    throw serviceError(ServiceCode.ObjectPathInvalid, "The path must end with a key");
  }
  if (parts.some((part) => "every" in part)) {
    throw serviceError(
      ServiceCode.ObjectPathUnsuitable,
      "A create cannot have a path with a wildcard",
    );
  }
  const dot = lastDot(path);
  const { key } = last as { key: string };
  return { parents: objectsAt(channel, dot < 0 ? "" : path.slice(0, dot)), key };
}

/** The position of the last dot that is a separator. */
function lastDot(path: string): number {
  for (let i = path.length - 1; i >= 0; i--) {
    if (path[i] === "." && !/(^|[^\\])(\\\\)*\\$/.test(path.slice(0, i))) return i;
  }
  return -1;
}
