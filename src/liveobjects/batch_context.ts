import type { AnyBatchContext, BatchFunction } from "./core/api_objects.ts";
import type { Value } from "./core/api_values.ts";
import { type Change, checkKey, incrementChange, removeChange, setChange } from "./core/changes.ts";
import type { Resolved } from "./core/compact.ts";
import { LiveObject } from "./core/live_object.ts";
import { MapObject } from "./core/map_object.ts";
import { requireArgument } from "./core/value_types.ts";
import type { ChannelObjects } from "./channel_objects.ts";
import { batchClosed } from "./object_errors.ts";
import { ObjectView, requireCounter, requireMap } from "./object_view.ts";
import { checkAccess, checkWrite } from "./preconditions.ts";

/** The changes of a batch. */
interface Batch {
  readonly changes: Change[];
  isOpen: boolean;
}

/**
 * Runs the function of a batch, and collects its changes.
 *
 * @throws {ErrorInfo} 40003 if it is no function; or the error that it throws.
 */
export function runBatch(
  objects: ChannelObjects,
  target: LiveObject,
  fn: BatchFunction<Value>,
): readonly Change[] {
  requireArgument(typeof fn === "function", fn, ["The argument of batch()", "a function"]);
  const batch: Batch = { changes: [], isOpen: true };
  try {
    const result: unknown = fn(new ObjectBatchContext(objects, target, batch));
    if (result instanceof Promise) warnOfPromise(objects, result);
  } finally {
    batch.isOpen = false;
  }
  return batch.changes;
}

/** Changes after the first await are not part of the batch: to wait for them would delay all other changes. */
function warnOfPromise(objects: ChannelObjects, result: Promise<unknown>): void {
  objects.channel.warnOnce(
    "async batch",
    () =>
      objects.onLog(
        "warn",
        () =>
          "The function of a batch is async: calls after its first await are not part of the batch",
      ),
  );
  objects.call(() => result);
}

/** An object or value inside a batch. */
class ObjectBatchContext extends ObjectView implements AnyBatchContext {
  readonly #target: Resolved;
  readonly #batch: Batch;

  constructor(objects: ChannelObjects, target: Resolved, batch: Batch) {
    super(objects);
    this.#target = target;
    this.#batch = batch;
  }

  get id(): string | undefined {
    this.#requireOpen();
    return this.#target instanceof LiveObject ? this.#target.objectId : undefined;
  }

  get(key: string): never {
    const target = this.target();
    checkKey(key);
    const found = target instanceof MapObject ? target.get(key) : undefined;
    return (found === undefined ? undefined : this.#contextOf(found)) as never;
  }

  entries(): IterableIterator<[string, never]> {
    return this.snapshot().map(([key, value]) => [key, this.#contextOf(value)] as [string, never])
      .values();
  }

  values(): IterableIterator<never> {
    return this.snapshot().map(([, value]) => this.#contextOf(value) as never).values();
  }

  set(key: unknown, value: unknown): void {
    const { objectId } = requireMap(this.#writable(), "set a key");
    this.#batch.changes.push(setChange(objectId, key, value));
  }

  remove(key: unknown): void {
    const { objectId } = requireMap(this.#writable(), "remove a key");
    this.#batch.changes.push(removeChange(objectId, key));
  }

  increment(amount?: unknown): void {
    const { objectId } = requireCounter(this.#writable(), "change a counter");
    this.#batch.changes.push(incrementChange(objectId, amount, 1));
  }

  decrement(amount?: unknown): void {
    const { objectId } = requireCounter(this.#writable(), "change a counter");
    this.#batch.changes.push(incrementChange(objectId, amount, -1));
  }

  protected override target(): Resolved {
    this.#requireOpen();
    checkAccess(this.objects.channel);
    return this.#target;
  }

  #writable(): Resolved {
    this.#requireOpen();
    checkWrite(this.objects.channel);
    return this.#target;
  }

  #contextOf(target: Resolved): ObjectBatchContext {
    return new ObjectBatchContext(this.objects, target, this.#batch);
  }

  #requireOpen(): void {
    if (!this.#batch.isOpen) throw batchClosed();
  }
}
