import { memberKeyOf } from "../../messages/presence_message.ts";
import type { StoredPresence } from "./channel_event.ts";
import { EVENT_RETENTION } from "./event_log.ts";

const PRUNE_EVERY = 64;

/** The members of a channel, and their presence events. */
export class PresenceSet {
  readonly #persisted: boolean;
  readonly #members = new Map<string, StoredPresence>();
  #history: StoredPresence[] = [];
  /** The channel serials of events. They are not sent, and not kept in snapshots. */
  readonly #serials = new WeakMap<StoredPresence, string>();
  #applied = 0;

  /** @param persisted Whether the history is kept for ever. */
  constructor(persisted: boolean) {
    this.#persisted = persisted;
  }

  get size(): number {
    return this.#members.size;
  }

  /** The members, as action `present`. */
  members(): StoredPresence[] {
    return [...this.#members.values()];
  }

  member(connectionId: string, clientId: string): StoredPresence | undefined {
    return this.#members.get(memberKeyOf({ connectionId, clientId }));
  }

  /** The members of a connection. */
  membersOf(connectionId: string): StoredPresence[] {
    return this.members().filter((member) => member.connectionId === connectionId);
  }

  /** Applies an event: enter, update or leave. */
  apply(event: StoredPresence, channelSerial: string): void {
    const key = memberKeyOf(event);
    if (event.action === LEAVE) this.#members.delete(key);
    else if (!precedes(event, this.#members.get(key))) {
      this.#members.set(key, { ...event, action: PRESENT });
    }
    this.#history.push(event);
    this.#serials.set(event, channelSerial);
    if (++this.#applied % PRUNE_EVERY === 0) this.prune(event.timestamp);
  }

  /** Adds members and history from a snapshot. */
  restore(members: readonly StoredPresence[], history: readonly StoredPresence[]): void {
    for (const member of members) this.#members.set(memberKeyOf(member), member);
    this.#history = [...history];
  }

  /** The events, oldest first. */
  history(now: number): readonly StoredPresence[] {
    this.prune(now);
    return this.#history;
  }

  /** The identity of an event. An id is not sufficient, because a member that re-enters uses the same id repeatedly. */
  keyOf(event: StoredPresence): string {
    const { id, clientId, action, timestamp } = event;
    return [id, clientId, action, this.#serials.get(event) ?? timestamp].join("/");
  }

  /** The events up to a channel serial, oldest first. */
  historyUpTo(channelSerial: string, now: number): readonly StoredPresence[] {
    return this.history(now).filter((event) => (this.#serials.get(event) ?? "") <= channelSerial);
  }

  /** Forgets the events whose time is over. */
  prune(now: number): void {
    if (this.#persisted) return;
    const since = now - EVENT_RETENTION;
    const first = this.#history.findIndex(({ timestamp }) => timestamp >= since);
    if (first !== 0) this.#history = first < 0 ? [] : this.#history.slice(first);
  }
}

/**
 * Whether an event comes before the one that has made the member as it is. A client that enters again uses the id of its last
 * acknowledged event. If a later one arrived without its acknowledgement, all clients keep that one, and so does the service (RTP2b2).
 */
function precedes(
  { id, connectionId }: StoredPresence,
  member: StoredPresence | undefined,
): boolean {
  if (!id.startsWith(connectionId) || !member?.id.startsWith(connectionId)) return false;
  const [[serial, index], [memberSerial, memberIndex]] = [id, member.id].map((text) =>
    text.split(":").slice(-2).map(Number)
  ) as [[number, number], [number, number]];
  return serial === memberSerial ? index < memberIndex : serial < memberSerial;
}

/** Numbers of presence actions on the wire (TP2). */
export const PRESENT = 1;
export const ENTER = 2;
export const LEAVE = 3;
export const UPDATE = 4;
