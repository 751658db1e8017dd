import type { Accepted, Truth } from "./truth.ts";
import { type Ear, type Heard, payloadOf, REWIND, type User } from "./user.ts";

type Item = Extract<Heard, { key: string }>;

/**
 * Follows the messages of a listener along those that the service accepted. Each must be the next one, except after a change that
 * announced a gap.
 */
export function followEar(truth: Truth, user: User, ear: Ear): string[] {
  const { channel, list, heard } = ear;
  const all = truth.on(list);
  const { plan, connectionIds, earlierIds } = user;
  const rewind = list === "rewound" ? REWIND : 0;
  const contents = new Contents(channel, plan);
  const ownIds = connectionIds.union(earlierIds); // A recovered position may be past them: presence moves it, too.
  const due = new Due(all, ({ connectionId }) => !plan.echo && ownIds.has(connectionId));
  if (ear.from !== undefined) due.moveTo(truth.placeAfter(list, ear.from), { rewind });
  for (const one of heard) {
    if ("change" in one) {
      const { change: { current, previous, resumed }, attachSerial } = one;
      if (current !== "attached" || resumed) continue;
      contents.forget({ isNew: previous === "attaching" });
      // Back to attached because a detach failed; what arrived in between is lost, and the position is unknown.
      if (previous === "detaching" || attachSerial === undefined) due.forget();
      else due.moveTo(truth.placeAfter(list, attachSerial), { rewind });
      continue;
    }
    const { key, name, isOwn } = one;
    if (key === "late") return [`${channel} brought ${name} after unsubscribe()`];
    if (isOwn && !plan.echo) return [`${channel} brought ${name} back to its publisher`];
    if (one === heard[0] && key === ear.addedIn) {
      return [`${channel} brought ${name} to a listener that was added meanwhile`];
    }
    const place = truth.placeOf(list, key);
    if (place === undefined) return [`${channel} brought ${name}, which does not exist`];
    if (due.isExempt(place)) continue;
    if (place <= due.last) return [`${channel} brought ${name} twice or late`];
    const expected = due.next;
    if (!ear.isLoop && expected !== undefined && !due.isDue(place)) {
      return [`${channel} brought ${name} where ${all[expected]?.name} was due`];
    }
    if (list === channel && !contents.areIn(one, all[place]!)) {
      return [`${channel} brought ${name} with ${JSON.stringify(one)}`];
    }
    due.pass(place);
  }
  if (ear.stoppedAt !== undefined || ear.object.state !== "attached") return [];
  const missing = due.next === undefined ? undefined : all[due.next];
  return missing ? [`${channel} did not bring ${missing.name}, nor announce a gap`] : [];
}

/** Compares messages with the accepted ones. */
class Contents {
  readonly #channel: string;
  /** The texts so far of the messages whose parts are appended; undefined if the listener may not have all parts. */
  readonly #texts: Map<string, string> | undefined;
  /** Whether the listener was there when the channel was attached, so that it has all parts. */
  #hasAll = false;

  constructor(channel: string, { echo }: { echo: boolean }) {
    this.#channel = channel;
    this.#texts = echo ? new Map() : undefined;
  }

  /**
   * Forgets the parts so far: the listener has to read the messages again.
   *
   * @param isNew Whether the attachment is a new one, to which the service sends changed messages whole.
   */
  forget({ isNew }: { isNew: boolean }): void {
    this.#texts?.clear();
    this.#hasAll = isNew && this.#texts !== undefined;
  }

  /** Whether a message has the content of the accepted one. Of an append, it is that of all parts together. */
  areIn({ name, data, isAppend, summary }: Item, accepted: Accepted): boolean {
    const { key, serial, text } = accepted;
    if (accepted.summary !== undefined) return isSame(summary, accepted.summary);
    if (isCreated(key)) this.#texts?.set(serial, String(data));
    if (isCreated(key)) return isSame(data, payloadOf(name, this.#channel));
    if (text === undefined) return true;
    const before = isAppend ? this.#texts?.get(serial) : "";
    if (before === undefined) return !this.#hasAll;
    this.#texts?.set(serial, before + data);
    return before + data === text;
  }
}

/** The message that must come next. */
class Due {
  /** The place of the last message. */
  last = -1;
  readonly #all: readonly Accepted[];
  readonly #exempt: (message: Accepted) => boolean;
  #next: number | undefined;
  #earliest = 0;

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
    this.#next = this.#earliest = place + 1;
  }

  /** @param rewind The number of earlier messages that may come again before. */
  moveTo(place: number, { rewind = 0 } = {}): void {
    if (rewind > 0) this.last = Math.min(this.last, place - rewind - 1);
    this.#next = Math.max(place, this.last + 1);
    this.#earliest = Math.max(place - rewind, this.last + 1);
  }

  isDue(place: number): boolean {
    return place === this.next || place >= this.#earliest && place < this.#next!;
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

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
