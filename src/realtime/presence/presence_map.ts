import type { InboundPresenceMessage } from "../../messages/presence_message.ts";

/** A member, and the number of the sync that last confirmed it (RTP19). */
interface Entry {
  readonly member: InboundPresenceMessage;
  sync: number;
}

/**
 * The members of a channel, for events and syncs in any order (RTP2). It is independent of channels and connections: its input
 * is messages, its output changes.
 */
export class PresenceMap {
  readonly #keyOf: (message: InboundPresenceMessage) => string;
  /** Absent without members, as on most channels. */
  #members: Map<string, Entry> | undefined;
  /**
   * The number of the current sync. Only a number is stored for each member, because there may be thousands of syncs and
   * members.
   */
  #sync = 0;
  #isSyncing = false;

  /** @param keyOf The key of a member: the memberKey, or only the clientId (RTP17h). */
  constructor(keyOf: (message: InboundPresenceMessage) => string) {
    this.#keyOf = keyOf;
  }

  /** Whether a sync is in progress. */
  get isSyncing(): boolean {
    return this.#isSyncing;
  }

  /** The members that are present. */
  get members(): InboundPresenceMessage[] {
    if (this.#members === undefined) return [];
    const members = Array.from(this.#members.values(), ({ member }) => member);
    return members.filter(({ action }) => action !== "absent");
  }

  /**
   * Applies an event.
   *
   * @returns Whether the event changes the members, so that listeners must be called.
   */
  apply(message: InboundPresenceMessage): boolean {
    switch (message.action) {
      case "leave":
        return this.#remove(message);
      case "enter":
      case "update":
      case "present":
        return this.#put(message);
      default:
        return false; // RSF1
    }
  }

  /** Begins a sync; one in progress is discarded (RTP18a). */
  startSync(): void {
    this.#isSyncing = true;
    this.#sync++;
  }

  /**
   * Ends the sync: forgets members that left during it (RTP2h2b) and those that it did not confirm.
   *
   * @param now The current time, for the leaves.
   * @returns A leave for each member that was not confirmed (RTP19).
   */
  endSync(now: number): InboundPresenceMessage[] {
    const gone: InboundPresenceMessage[] = [];
    const members = this.#members ?? new Map<string, Entry>();
    for (const [key, { member, sync }] of members) {
      if (member.action === "absent") members.delete(key);
      else if (this.#isSyncing && sync !== this.#sync) {
        members.delete(key);
        gone.push(leaveOf(member, now));
      }
    }
    this.#isSyncing = false;
    return gone;
  }

  /** Forgets all members and a sync in progress, without leave events (RTP5a). */
  clear(): void {
    this.#members = undefined;
    this.#isSyncing = false;
  }

  #put(message: InboundPresenceMessage): boolean {
    const key = this.#keyOf(message);
    const members = this.#members ??= new Map();
    const existing = members.get(key);
    if (existing && !isNewer(message, existing.member)) { // RTP2a, RTP2c
      existing.sync = this.#sync;
      return false;
    }
    members.set(key, { member: { ...message, action: "present" }, sync: this.#sync }); // RTP2d2
    return true;
  }

  #remove(message: InboundPresenceMessage): boolean {
    const key = this.#keyOf(message);
    const members = this.#members;
    const existing = members?.get(key)?.member;
    if (!members || !existing || !isNewer(message, existing)) return false; // RTP2h
    if (this.isSyncing) { // RTP2h2a
      members.set(key, { member: { ...message, action: "absent" }, sync: this.#sync });
    } else members.delete(key); // RTP2h1b
    return existing.action !== "absent";
  }
}

/** Whether an event is later than another one of the same member (RTP2b). */
export function isNewer(
  incoming: InboundPresenceMessage,
  existing: InboundPresenceMessage,
): boolean {
  // RTP17h: members with the clientId as key may come from another connection, whose serials cannot be compared with these.
  if (incoming.connectionId !== existing.connectionId) return true;
  if (isSynthesized(incoming) || isSynthesized(existing)) {
    return incoming.timestamp >= existing.timestamp; // RTP2b1, RTP2b1a
  }
  const [serial, index] = positionOf(incoming); // RTP2b2
  const [existingSerial, existingIndex] = positionOf(existing);
  return serial === existingSerial ? index > existingIndex : serial > existingSerial;
}

/** Whether the service made the event because a connection was lost: its id does not begin with the connection's (RTP2b1). */
export function isSynthesized({ id, connectionId }: InboundPresenceMessage): boolean {
  return id == null || !id.startsWith(connectionId);
}

/** Connection ids contain no colon, so the last two parts of `connId:msgSerial:index` are the numbers. */
function positionOf({ id }: InboundPresenceMessage): [serial: number, index: number] {
  const parts = id.split(":");
  return [Number(parts.at(-2)), Number(parts.at(-1))];
}

/** RTP19: a leave with the attributes of the member, but without an id. */
export function leaveOf(member: InboundPresenceMessage, now: number): InboundPresenceMessage {
  return { ...member, action: "leave", id: null as unknown as string, timestamp: now };
}
