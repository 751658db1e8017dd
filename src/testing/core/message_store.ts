import type { StoredMessage } from "./channel_event.ts";
import { EVENT_RETENTION } from "./event_log.ts";
import { frameSerial, indexedSerial, serialAt } from "./serials.ts";

/** The time for which a client's message ids are remembered, in milliseconds. */
const ID_RETENTION = EVENT_RETENTION;
const PRUNE_EVERY = 64;

/** The messages of a channel, in the order in which they were published. */
export class MessageStore {
  readonly #persisted: boolean;
  readonly #persistLast: boolean;
  readonly #forgotten: (serial: string) => void;
  #messages: StoredMessage[] = [];
  readonly #bySerial = new Map<string, StoredMessage[]>();
  readonly #serialById = new Map<string, { serial: string; at: number }>();
  #last: StoredMessage[] = [];
  #added = 0;

  /**
   * @param persisted Whether messages are kept for ever.
   * @param persistLast Whether the last message is kept for ever.
   * @param forgotten Called with the serial of a message whose time is over.
   */
  constructor(
    { persisted, persistLast }: { persisted: boolean; persistLast: boolean },
    forgotten: (serial: string) => void,
  ) {
    this.#persisted = persisted;
    this.#persistLast = persistLast;
    this.#forgotten = forgotten;
  }

  add(message: StoredMessage): void {
    this.#messages.push(message);
    this.#bySerial.set(message.serial, [message]);
    this.#keepLast(message);
    if (++this.#added % PRUNE_EVERY === 0) this.prune(message.timestamp);
  }

  /** A serial for a message of an earlier time, which no message of the channel has. */
  freeSerial(timestamp: number): string {
    for (let index = 0;; index++) {
      const frame = serialAt(
        timestamp + Math.floor(index / 1_000_000),
        Math.floor(index / 1000) % 1000,
      );
      const serial = indexedSerial(frame, index % 1000);
      if (!this.#bySerial.has(serial)) return serial;
    }
  }

  /** Adds a message of an earlier time. */
  insert(message: StoredMessage): void {
    const before = this.#messages.findLastIndex(({ serial }) => serial < message.serial);
    this.#messages.splice(before + 1, 0, message);
    this.#bySerial.set(message.serial, [message]);
  }

  /** The last message, or the last messages that were published together, if they are kept for ever. */
  get last(): readonly StoredMessage[] {
    return this.#last;
  }

  /** Adds a version of a stored message. */
  addVersion(version: StoredMessage): void {
    this.#bySerial.get(version.serial)!.push(version);
    const index = this.#messages.findLastIndex((message) => message.serial === version.serial);
    if (index >= 0) this.#messages[index] = version;
    this.#replaceLast(version);
  }

  /** Replaces the latest version, for changes that make no version, such as a summary. */
  replaceLatest(message: StoredMessage): void {
    const versions = this.#bySerial.get(message.serial)!;
    versions[versions.length - 1] = message;
    const index = this.#messages.findLastIndex((item) => item.serial === message.serial);
    if (index >= 0) this.#messages[index] = message;
    this.#replaceLast(message);
  }

  /** The latest versions of all messages, oldest first. */
  all(now: number): readonly StoredMessage[] {
    this.prune(now);
    return this.#messages;
  }

  /** The versions of a message, oldest first. */
  versions(serial: string): readonly StoredMessage[] | undefined {
    return this.#bySerial.get(serial);
  }

  latest(serial: string): StoredMessage | undefined {
    return this.#bySerial.get(serial)?.at(-1);
  }

  /** The versions of every message, for a snapshot. */
  history(): readonly (readonly StoredMessage[])[] {
    const forgotten = this.#last.filter(({ serial }) => !this.#bySerial.has(serial));
    const kept = this.#messages.map(({ serial }) => this.#bySerial.get(serial)!);
    return [...forgotten.map((message) => [message]), ...kept];
  }

  /** Adds the versions of a message from a snapshot. */
  restore(versions: StoredMessage[]): void {
    const latest = versions.at(-1)!;
    this.#messages.push(latest);
    this.#bySerial.set(latest.serial, versions);
    this.#keepLast(latest);
    this.rememberId(latest.id, latest.serial, latest.timestamp);
  }

  /** Remembers a client's message id, so that a second publish of it can be recognised (RSL1k5). */
  rememberId(id: string, serial: string, now: number): void {
    this.#serialById.set(id, { serial, at: now });
  }

  /** The serial of the first message that was published with an id. */
  serialOfId(id: string): string | undefined {
    return this.#serialById.get(id)?.serial;
  }

  #replaceLast(version: StoredMessage): void {
    if (this.#last.length === 0) return;
    this.#last = this.#last.map((each) => each.serial === version.serial ? version : each);
  }

  #keepLast(message: StoredMessage): void {
    if (!this.#persistLast) return;
    const [earlier] = this.#last;
    const isTogether = earlier !== undefined &&
      frameSerial(earlier.serial) === frameSerial(message.serial);
    this.#last = isTogether ? [...this.#last, message] : [message];
  }

  /** Forgets the messages and ids whose time is over. */
  prune(now: number): void {
    for (const [id, { at }] of this.#serialById) {
      if (at >= now - ID_RETENTION) break;
      this.#serialById.delete(id);
    }
    if (this.#persisted) return;
    let old = 0;
    while (
      old < this.#messages.length && this.#messages[old]!.timestamp < now - EVENT_RETENTION
    ) {
      const { serial } = this.#messages[old++]!;
      this.#bySerial.delete(serial);
      this.#forgotten(serial);
    }
    if (old > 0) this.#messages = this.#messages.slice(old);
  }
}
