import type { MessageVersion } from "../../messages/message.ts";
import * as Action from "../../protocol/action_numbers.ts";
import { concatBytes } from "../../util/bytes.ts";
import { permits } from "../auth/capability_rules.ts";
import type { Grant } from "../auth/grant.ts";
import type { Channel } from "./channel.ts";
import type { StoredMessage } from "./channel_event.ts";
import type { IncomingMessage } from "./incoming_message.ts";
import type { Payload } from "./payload.ts";
import { checkMessagesSize } from "./accept_messages.ts";
import { indexedSerial } from "./serials.ts";
import { ServiceCode, serviceError } from "./service_error.ts";
import { withUserClaim } from "./user_claims.ts";
import { alphanumeric } from "./identifiers.ts";

/** Numbers of message actions on the wire (TM5). */
export const MESSAGE_UPDATE = 1;
export const MESSAGE_DELETE = 2;
export const MESSAGE_SUMMARY = 4;
export const MESSAGE_APPEND = 5;

/** Whether a message changes an earlier one. */
export function isMutation({ action }: { action: number }): boolean {
  return action === MESSAGE_UPDATE || action === MESSAGE_DELETE || action === MESSAGE_APPEND;
}

/** The author of a change to a message, and the channel. */
export interface Mutator {
  readonly grant: Grant;
  /** The channel's name as the client uses it. */
  readonly channelName: string;
  /** The connection of the author; absent for REST. */
  readonly connectionId?: string;
  readonly frameId?: string;
}

/**
 * Makes a new version of a message (RSL15).
 *
 * @returns The serial of the version.
 * @throws {ErrorInfo} 40003, 40160, 40166, 40400 or 93002 if it is refused.
 */
export function mutateMessage(
  channel: Channel,
  change: IncomingMessage,
  mutator: Mutator,
): string {
  requireMutable(channel);
  const current = findMessage(channel, change.serial);
  requireMutation(mutator, change, current);
  channel.admit(1, checkMessagesSize([change], channel.maxMessageSize));
  const timestamp = Math.max(channel.clock.stamp(), current.timestamp + 1);
  const channelSerial = channel.nextSerial(timestamp);
  const version = versionOf(change, mutator, {
    serial: indexedSerial(channelSerial, 0),
    timestamp,
  });
  const stored = nextVersion(current, change, version);
  channel.messages.addVersion(stored);
  const append = change.action === MESSAGE_APPEND;
  channel.emit({
    action: Action.Message,
    channelSerial,
    id: mutator.frameId ?? alphanumeric(channel.random, 12),
    connectionId: mutator.connectionId,
    timestamp,
    messages: [append ? appendOf(stored, change) : stored],
    ...(append && { whole: stored }),
  });
  return version.serial!;
}

/**
 * Checks that a channel's messages can be changed and annotated.
 *
 * @throws {ErrorInfo} 93002 if they cannot.
 */
export function requireMutable(channel: Channel): void {
  if (channel.mutable) return;
  throw serviceError(
    ServiceCode.NamespaceNotMutable,
    "Messages of this channel cannot be updated, deleted, appended to or annotated",
  );
}

/**
 * The latest version of a message.
 *
 * @throws {ErrorInfo} 40400 if there is no such message.
 */
export function findMessage(channel: Channel, serial: string | undefined): StoredMessage {
  const message = serial === undefined ? undefined : channel.messages.latest(serial);
  if (message !== undefined) return message;
  throw serviceError(ServiceCode.NotFound, "There is no message with this serial");
}

function requireMutation(
  { grant, channelName }: Mutator,
  { action }: IncomingMessage,
  { clientId }: StoredMessage,
): void {
  const verb = action === MESSAGE_DELETE ? "delete" : "update";
  if (permits(grant.grants, channelName, `message-${verb}-any`)) return;
  if (permits(grant.grants, channelName, `message-${verb}-own`)) {
    if (grant.clientId !== undefined && grant.clientId === clientId) return;
    if (grant.clientId === undefined) {
      throw serviceError(
        ServiceCode.OwnMessageNeedsClientId,
        `To ${verb} own messages needs a clientId`,
      );
    }
  }
  throw serviceError(
    ServiceCode.CapabilityDenied,
    `The credentials do not permit to ${verb} the message`,
  );
}

function versionOf(
  { version: given = {} }: IncomingMessage,
  { grant }: Mutator,
  base: { serial: string; timestamp: number },
): MessageVersion {
  const { clientId = grant.clientId, description, metadata } = given as MessageVersion;
  return {
    ...base,
    ...(clientId != null && { clientId }),
    ...(description != null && { description }),
    ...(metadata != null && { metadata }),
  };
}

function nextVersion(
  current: StoredMessage,
  change: IncomingMessage,
  version: MessageVersion,
): StoredMessage {
  const action = change.action === MESSAGE_DELETE ? MESSAGE_DELETE : MESSAGE_UPDATE;
  const next: StoredMessage = { ...current, action, version };
  if (change.name !== undefined) next.name = change.name;
  if (change.extras !== undefined) {
    // The claim belongs to the client that published the message first.
    const { userClaim } = (current.extras ?? {}) as { userClaim?: string };
    next.extras = withUserClaim(change.extras, userClaim);
  }
  if (change.hasData) {
    const payload = change.action === MESSAGE_APPEND
      ? appended(current as Payload, change)
      : change;
    delete next.encoding;
    next.data = payload.data;
    if (payload.encoding !== undefined) next.encoding = payload.encoding;
  }
  return next;
}

function appended(current: Payload, change: Payload): Payload {
  const before = current.data;
  const more = change.data;
  if (before === undefined) return change;
  if ((current.encoding ?? "") === (change.encoding ?? "")) {
    const { encoding } = current;
    const steps = encoding === undefined ? {} : { encoding };
    if (typeof before === "string" && typeof more === "string") {
      return { data: before + more, ...steps };
    }
    if (typeof before !== "string" && more !== undefined && typeof more !== "string") {
      return { data: concatBytes(before, more), ...steps };
    }
  }
  throw serviceError(ServiceCode.BadRequest, "The data cannot be appended to data of another kind");
}

/** An append in the form for clients that have the message. */
function appendOf(stored: StoredMessage, change: IncomingMessage): StoredMessage {
  const append: StoredMessage = { ...stored, action: MESSAGE_APPEND };
  delete append.data;
  delete append.encoding;
  if (change.data !== undefined) append.data = change.data;
  if (change.encoding !== undefined) append.encoding = change.encoding;
  return append;
}
