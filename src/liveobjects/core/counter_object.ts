import * as ObjectAction from "./object_action.ts";
import { LiveObject, type ObjectUpdate } from "./live_object.ts";
import type {
  ObjectMessage,
  ObjectOperation,
  OperationMessage,
  StateMessage,
} from "./object_message.ts";

/** A counter of a channel: `InternalLiveCounter` in the specification (RTLC1, RTLC2, RTLC4, RTLC4a). */
export class CounterObject extends LiveObject {
  #count = 0; // RTLC3, RTLC4b

  /** The value of the counter (RTLC5, RTLC5c). */
  get count(): number {
    return this.#count;
  }

  override clear(): ObjectUpdate {
    const amount = 0 - this.#count; // RTLC14–RTLC14a2
    this.#count = 0;
    return { amount };
  }

  protected override operate(
    operation: ObjectOperation,
    message: OperationMessage,
  ): ObjectUpdate | undefined | null {
    switch (operation.action) {
      case ObjectAction.CounterCreate: // RTLC7d1, RTLC8–RTLC8d
        return this.canCreate() ? this.#merge(operation, message) : undefined; // RTLC8e
      case ObjectAction.CounterInc: // RTLC7d5
        return this.#add(operation.counterInc?.number, message); // RTLC9–RTLC9c
      default:
        return null; // RTLC7d3
    }
  }

  protected override replaceData(message: StateMessage): ObjectUpdate {
    const { counter, createOp } = message.object;
    const before = this.#count; // RTLC6g
    this.#count = counter?.count ?? 0; // RTLC6c
    if (createOp) this.#merge(createOp, message); // RTLC6d
    return { amount: this.#count - before, message }; // RTLC6h, RTLC14b
  }

  /** RTLC16 */
  #merge({ counterCreate }: ObjectOperation, message: ObjectMessage): ObjectUpdate | undefined {
    this.createOperationIsMerged = true; // RTLC16b
    return this.#add(counterCreate?.count, message);
  }

  /** RTLC9f–RTLC9h, RTLC16a, RTLC16c, RTLC16d: adding 0 is an update; a missing amount is not. */
  #add(amount: number | undefined, message: ObjectMessage): ObjectUpdate | undefined {
    if (amount === undefined) return undefined;
    this.#count += amount;
    return { amount, message };
  }
}
