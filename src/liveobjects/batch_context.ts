import { inspect, shownAs } from "../util/inspect.ts";
import type { AnyBatchContext, BatchFunction } from "./core/api_batch.ts";
import type { Value } from "./core/api_values.ts";
import type { Change } from "./core/changes.ts";
import type { Resolved } from "./core/compact.ts";
import { LiveObject } from "./core/live_object.ts";
import { requireFunction } from "./core/value_types.ts";
import type { ChannelObjects } from "./channel_objects.ts";
import { batchClosed } from "./object_errors.ts";
import { ObjectView } from "./object_view.ts";
import { checkAccess, checkWrite } from "./preconditions.ts";

/** The changes of a batch. */
interface Batch {
  readonly changes: Change[];
  isOpen: boolean;
}

/**
 * Runs the function of a batch, and collects its changes.
 *
 * @throws {ErrorInfo} 40003 if it is not a function; or the error that it throws.
 */
export function runBatch(
  objects: ChannelObjects,
  target: LiveObject,
  fn: BatchFunction<Value>,
): readonly Change[] {
  requireFunction(fn, "The argument of batch()");
  const batch: Batch = { changes: [], isOpen: true };
  try {
    const result: unknown = fn(new ObjectBatchContext(objects, target, batch));
    if (result instanceof Promise) warnOfPromise(objects, result);
  } finally {
    batch.isOpen = false;
  }
  return batch.changes;
}

/**
 * Warns of an async function. Its changes after the first await are not part of the batch, because waiting for them would delay
 * all other changes.
 */
function warnOfPromise(objects: ChannelObjects, result: Promise<unknown>): void {
  objects.channel.warnOnce(
    "async batch",
    () =>
      objects.onLog(
        "warn",
        "The function of a batch is async: calls after its first await are not part of the batch",
      ),
  );
  objects.call(() => result);
}

/** An object or value inside a batch. */
class ObjectBatchContext extends ObjectView<void> implements AnyBatchContext {
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

  [inspect](...given: unknown[]): unknown {
    return shownAs("BatchContext", { id: this.id }, given);
  }

  protected override target(): Resolved {
    this.#requireOpen();
    checkAccess(this.objects.channel);
    return this.#target;
  }

  protected override view(target: Resolved): ObjectBatchContext {
    return new ObjectBatchContext(this.objects, target, this.#batch);
  }

  protected override change(
    action: string,
    [check, changeOf]: readonly [
      check: (target: Resolved, action: string) => LiveObject,
      changeOf: (objectId: string) => Change,
    ],
  ): void {
    this.#requireOpen();
    checkWrite(this.objects.channel);
    this.#batch.changes.push(changeOf(check(this.#target, action).objectId));
  }

  #requireOpen(): void {
    if (!this.#batch.isOpen) throw batchClosed();
  }
}
