import type { BatchFunction, ObjectCallOptions } from "./core/api_objects.ts";
import type { Value } from "./core/api_values.ts";
import { incrementChange, removeChange, setChange } from "./core/changes.ts";
import type { Resolved } from "./core/compact.ts";
import { runBatch } from "./batch_context.ts";
import { ObjectView, requireCounter, requireMap, requireObject } from "./object_view.ts";
import { publish } from "./object_publisher.ts";

/** The changes that paths and instances have in common. The functions are async so that errors reject. */
export abstract class WritableView extends ObjectView {
  /**
   * The object or value, after the checks for writing.
   *
   * @throws {ErrorInfo} 92005 if there is nothing.
   */
  protected abstract writable(action: string): Resolved;

  async set(key: unknown, value: unknown, options?: ObjectCallOptions | null): Promise<void> {
    const { objectId } = requireMap(this.writable("set a key"), "set a key"); // RTPO15e, RTINS12d
    await publish(this.objects, [setChange(objectId, key, value)], options); // RTPO15–RTPO15a2, RTPO15d, RTINS12–RTINS12a2, RTINS12c, RTLM20h
  }

  async remove(key: unknown, options?: ObjectCallOptions | null): Promise<void> {
    const { objectId } = requireMap(this.writable("remove a key"), "remove a key"); // RTPO16e, RTINS13d
    await publish(this.objects, [removeChange(objectId, key)], options); // RTPO16–RTPO16a1, RTPO16d, RTINS13–RTINS13a1, RTINS13c, RTLM21g
  }

  increment(amount?: unknown, options?: ObjectCallOptions | null): Promise<void> {
    return this.#add(amount, 1, options); // RTPO17, RTINS14, RTINS14a, RTINS14a1, RTINS14c
  }

  decrement(amount?: unknown, options?: ObjectCallOptions | null): Promise<void> {
    return this.#add(amount, -1, options); // RTPO18, RTPO18d, RTINS15, RTINS15a, RTINS15a1, RTINS15c, RTLC13b
  }

  async batch(fn: BatchFunction<Value>, options?: ObjectCallOptions | null): Promise<void> {
    const target = requireObject(this.writable("run a batch"), "run a batch");
    const changes = runBatch(this.objects, target, fn);
    if (changes.length > 0) await publish(this.objects, changes, options);
  }

  async #add(amount: unknown, sign: 1 | -1, options?: ObjectCallOptions | null): Promise<void> {
    const { objectId } = requireCounter(this.writable("change a counter"), "change a counter"); // RTPO17e, RTINS14d
    await publish(this.objects, [incrementChange(objectId, amount, sign)], options); // RTPO17d, RTLC12g
  }
}
