import type { Accepted, Truth } from "./truth.ts";
import { type Ear, textOf, type User } from "./user.ts";

/**
 * Follows the messages of a listener along those that the service accepted. Each must be the next one, except after a change that
 * announced a gap.
 */
export function followEar(truth: Truth, user: User, ear: Ear): string[] {
  const { channel, heard } = ear;
  const all = truth.on(channel);
  const { plan, connectionIds } = user;
  const due = new Due(all, ({ connectionId }) => !plan.echo && connectionIds.has(connectionId));
  if (ear.from !== undefined) due.moveTo(truth.placeAfter(channel, ear.from));
  for (const one of heard) {
    if ("change" in one) {
      const { change: { current, previous, resumed }, attachSerial } = one;
      if (current !== "attached" || resumed) continue;
      // Back to attached because a detach failed; what arrived in between is lost, and the position is unknown.
      if (previous === "detaching" || attachSerial === undefined) due.forget();
      else due.moveTo(truth.placeAfter(channel, attachSerial));
      continue;
    }
    const { key, name, data } = one;
    if (key === "late") return [`${channel} brought ${name} after unsubscribe()`];
    const place = truth.placeOf(channel, key);
    if (place === undefined) return [`${channel} brought ${name}, which does not exist`];
    if (due.isExempt(place)) continue;
    if (place <= due.last) return [`${channel} brought ${name} twice or late`];
    const expected = due.next;
    if (!ear.isLoop && expected !== undefined && place !== expected) {
      return [`${channel} brought ${name} where ${all[expected]?.name} was due`];
    }
    if (isCreated(key) && JSON.stringify(data) !== JSON.stringify(textOf(name))) {
      return [`${channel} brought ${name} with ${JSON.stringify(data)}`];
    }
    due.pass(place);
  }
  if (ear.stoppedAt !== undefined || ear.object.state !== "attached") return [];
  const missing = due.next === undefined ? undefined : all[due.next];
  return missing ? [`${channel} did not bring ${missing.name}, nor announce a gap`] : [];
}

/** The message that must come next. */
class Due {
  /** The place of the last message. */
  last = -1;
  readonly #all: readonly Accepted[];
  readonly #exempt: (message: Accepted) => boolean;
  #next: number | undefined;

  /** @param exempt The messages that may be missing: own ones without echo. */
  constructor(all: readonly Accepted[], exempt: (message: Accepted) => boolean) {
    this.#all = all;
    this.#exempt = exempt;
  }

  /** Its place, if that is known. It is the number of all messages if none is due. */
  get next(): number | undefined {
    let place = this.#next;
    while (place !== undefined && this.isExempt(place)) place++;
    return place;
  }

  isExempt(place: number): boolean {
    const message = this.#all[place];
    return message !== undefined && this.#exempt(message);
  }

  pass(place: number): void {
    this.last = place;
    this.#next = place + 1;
  }

  moveTo(place: number): void {
    this.#next = Math.max(place, this.last + 1);
  }

  forget(): void {
    this.#next = undefined;
  }
}

/** Whether a version is the first of its message. */
function isCreated(key: string): boolean {
  const [serial, version] = key.split("/");
  return serial === version;
}
