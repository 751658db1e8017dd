import type { Format } from "../../encoding/chain.ts";
import * as Action from "../../protocol/action_numbers.ts";
import type { FixtureMember } from "./app_setup.ts";
import type { Channel } from "./channel.ts";
import type { StoredPresence } from "./channel_event.ts";
import { alphanumeric } from "./identifiers.ts";
import { readMessage } from "./incoming_message.ts";
import { readPayload } from "./payload.ts";
import { ENTER, LEAVE, type PresenceSet, PRESENT, UPDATE } from "./presence_set.ts";
import type { Publisher } from "./publisher.ts";
import { userClaimOn, withUserClaim } from "./user_claims.ts";
import { ServiceCode, serviceError } from "./service_error.ts";

/** The details that come with a presence frame. */
export interface PresenceFrame {
  readonly publisher: Publisher & { readonly connectionId: string };
  /** The beginning of the ids of its messages. */
  readonly frameId: string;
  readonly format: Format;
  /** The largest number of members of the channel. */
  readonly maxMembers: number;
}

/**
 * Applies the presence messages of a frame: all of them, or none.
 *
 * @throws {ErrorInfo} 40000, 40012, 91000 or 91003 if they cannot be applied.
 */
export function applyPresence(channel: Channel, given: unknown, frame: PresenceFrame): void {
  if (!Array.isArray(given) || given.length === 0) {
    throw serviceError(ServiceCode.BadRequest, "A presence frame must have presence messages");
  }
  const { publisher, frameId, maxMembers } = frame;
  const timestamp = channel.clock.stamp();
  const userClaim = userClaimOn(channel, publisher.claims);
  const draft = new MembersDraft(channel.presence, publisher.connectionId);
  const events: StoredPresence[] = [];
  for (const [index, item] of given.entries()) {
    const event = readPresence(draft, item, {
      frame,
      timestamp,
      id: `${frameId}:${index}`,
      userClaim,
    });
    if (event === undefined) continue;
    draft.apply(event);
    events.push(event);
  }
  if (draft.growth > 0 && channel.presence.size + draft.growth > maxMembers) {
    throw serviceError(
      ServiceCode.PresenceMemberLimit,
      `The channel has ${maxMembers} members already`,
    );
  }
  broadcast(channel, events, { id: frameId, connectionId: publisher.connectionId, timestamp });
}

/** Removes members whose client sent no leave, each with its latest data. */
export function removeMembers(channel: Channel, connectionId: string): void {
  const members = channel.presence.membersOf(connectionId);
  if (members.length === 0) return;
  const timestamp = channel.clock.stamp();
  // TP2: an id that does not begin with the connectionId makes clients compare by timestamp.
  const id = `${alphanumeric(channel.random, 12)}:0`;
  const events = members.map((member, index): StoredPresence => ({
    ...member,
    action: LEAVE,
    id: `${id}:${index}`,
    timestamp,
  }));
  broadcast(channel, events, { id, connectionId, timestamp });
}

/** Adds members that never leave. */
export function enterFixtures(channel: Channel, members: readonly FixtureMember[]): void {
  const connectionId = alphanumeric(channel.random, 10);
  for (const [index, { clientId, data, encoding }] of members.entries()) {
    channel.presence.apply({
      id: `${connectionId}:0:${index}`,
      action: ENTER,
      clientId,
      connectionId,
      timestamp: channel.clock.stamp(),
      ...readPayload(data, encoding, "json"),
    }, channel.events.position);
  }
}

/** A copy of a connection's members while a frame is applied, because the frame may enter a member and remove it. */
class MembersDraft {
  readonly #set: PresenceSet;
  readonly #connectionId: string;
  readonly #changed = new Map<string, StoredPresence | undefined>();
  /** The number of members that would be added. */
  growth = 0;

  constructor(set: PresenceSet, connectionId: string) {
    this.#set = set;
    this.#connectionId = connectionId;
  }

  member(clientId: string): StoredPresence | undefined {
    return this.#changed.has(clientId)
      ? this.#changed.get(clientId)
      : this.#set.member(this.#connectionId, clientId);
  }

  apply(event: StoredPresence): void {
    const was = this.member(event.clientId) === undefined ? 0 : 1;
    const is = event.action === LEAVE ? 0 : 1;
    this.growth += is - was;
    this.#changed.set(event.clientId, is === 0 ? undefined : event);
  }
}

function readPresence(
  draft: MembersDraft,
  item: unknown,
  { frame, timestamp, id, userClaim }: {
    frame: PresenceFrame;
    timestamp: number;
    id: string;
    userClaim: string | undefined;
  },
): StoredPresence | undefined {
  const message = readMessage(item, frame.format);
  const action = message.action === PRESENT ? ENTER : message.action;
  if (action !== ENTER && action !== LEAVE && action !== UPDATE) {
    throw serviceError(ServiceCode.BadRequest, "A presence message must be enter, update or leave");
  }
  const { connectionId } = frame.publisher;
  const clientId = memberClientId(frame.publisher, message.clientId);
  const member = draft.member(clientId);
  if (action === LEAVE && member === undefined) return undefined;
  const extras = withUserClaim(message.extras, userClaim);
  const { data, encoding } = message.hasData || action !== LEAVE ? message : member!;
  return {
    // RTP17g: a member that re-enters on the same connection keeps its id.
    id: message.id?.startsWith(`${connectionId}:`) ? message.id : id,
    action,
    clientId,
    connectionId,
    timestamp,
    ...(data !== undefined && { data }),
    ...(encoding != null && { encoding }),
    ...(extras !== undefined && { extras }),
  };
}

/** The clientId of the member in a presence message. Wildcard credentials may use any clientId. */
function memberClientId({ clientId, wildcard }: Publisher, named: string | undefined): string {
  const member = named ?? clientId;
  if (member === undefined) {
    throw serviceError(ServiceCode.PresenceClientIdMissing, "Presence needs a clientId");
  }
  if (member === "" || member === "*" || (!wildcard && member !== clientId)) {
    throw serviceError(
      ServiceCode.InvalidClientId,
      "The clientId of the presence message does not match the clientId of the connection",
    );
  }
  return member;
}

function broadcast(
  channel: Channel,
  presence: readonly StoredPresence[],
  { id, connectionId, timestamp }: { id: string; connectionId: string; timestamp: number },
): void {
  if (presence.length === 0) return;
  const channelSerial = channel.nextSerial(timestamp);
  for (const event of presence) channel.presence.apply(event, channelSerial);
  const action = Action.Presence;
  channel.emit({ action, channelSerial, id, connectionId, timestamp, presence });
  channel.noteOccupancy();
}
