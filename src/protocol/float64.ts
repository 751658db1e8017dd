/**
 * A number that MessagePack writes as float64 even if it is whole (OD4c3). Only for values that go to the
 * MessagePack codec: JSON has one form for all numbers.
 */
export class Float64 {
  /** The number. */
  readonly value: number;

  /** @param value The number. */
  constructor(value: number) {
    this.value = value;
  }
}
