import type { ChannelEvent } from "./channel_event.ts";
import { serialOrigin } from "./serials.ts";

/** The time for which events can be replayed, in milliseconds: Ably keeps this much for every channel. */
export const EVENT_RETENTION = 120_000;

const MAX_EVENTS = 50_000;
const PRUNE_EVERY = 64;

/** The reason why the position of a client cannot be continued. */
export type Discontinuity = "expired" | "too-many" | "other-site";

/** The events of a channel that can be replayed to clients that resume. */
export class EventLog {
  #events: ChannelEvent[] = [];
  #position: string;
  #prunedThrough: string;
  #prunedFor: Discontinuity = "expired";
  #appended = 0;

  /** @param start The channel's first channel serial. */
  constructor(start: string) {
    this.#position = start;
    // An older serial comes from another run of the service.
    this.#prunedThrough = start;
  }

  /** The channel serial of the last event. */
  get position(): string {
    return this.#position;
  }

  append(event: ChannelEvent): void {
    this.#events.push(event);
    this.#position = event.channelSerial;
    if (++this.#appended % PRUNE_EVERY === 0) this.prune(event.timestamp);
  }

  /** Records the position of an event that is not replayed. */
  pass(channelSerial: string): void {
    this.#position = channelSerial;
  }

  /** Whether there are no events to replay. */
  isEmpty(now: number): boolean {
    this.prune(now);
    return this.#events.length === 0;
  }

  /** The events after a channel serial, or the reason why they are not available. */
  since(channelSerial: string, now: number): readonly ChannelEvent[] | Discontinuity {
    this.prune(now);
    const origin = serialOrigin(channelSerial);
    if (origin === "other") return "other-site";
    if (origin === "unreadable" || channelSerial > this.#position) return "expired";
    if (channelSerial < this.#prunedThrough) return this.#prunedFor;
    let from = this.#events.length;
    while (from > 0 && this.#events[from - 1]!.channelSerial > channelSerial) from--;
    return this.#events.slice(from);
  }

  /** The channel serial from which the event with a serial is the next one; undefined if that event is not stored. */
  before(channelSerial: string, now: number): string | undefined {
    this.prune(now);
    const index = this.#events.findLastIndex((event) => event.channelSerial === channelSerial);
    if (index < 0) return undefined;
    return index === 0 ? this.#prunedThrough : this.#events[index - 1]!.channelSerial;
  }

  /** Forgets all events, as if their time were over. */
  forget(): void {
    this.#drop(this.#events.length, "expired");
  }

  prune(now: number): void {
    let old = 0;
    while (
      old < this.#events.length && this.#events[old]!.timestamp < now - EVENT_RETENTION
    ) old++;
    if (old > 0) this.#drop(old, "expired");
    const surplus = this.#events.length - MAX_EVENTS;
    if (surplus > 0) this.#drop(surplus, "too-many");
  }

  #drop(count: number, reason: Discontinuity): void {
    if (count === 0) return;
    this.#prunedThrough = this.#events[count - 1]!.channelSerial;
    this.#prunedFor = reason;
    this.#events = this.#events.slice(count);
  }
}
