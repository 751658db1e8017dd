import {
  Action,
  Flag,
  flagsToModes,
  MODE_FLAGS,
  modesToFlags,
  type ResolvedChannelMode,
} from "../../protocol/actions.ts";
import type { ProtocolMessage, WireError } from "../../protocol/protocol_message.ts";
import type { ErrorInfo } from "../../errors.ts";
import type { Grant } from "../auth/grant.ts";
import { permits } from "../auth/capability_rules.ts";
import type { Channel } from "../core/channel.ts";
import type { ChannelEvent, StoredMessage } from "../core/channel_event.ts";
import { type ChannelName, parseChannelName } from "../core/channel_name.ts";
import type { Discontinuity } from "../core/event_log.ts";
import { removeMembers } from "../core/member_changes.ts";
import { frameSerial } from "../core/serials.ts";
import { ServiceCode, serviceError, toErrorInfo, toWireError } from "../core/service_error.ts";
import { collectObjects } from "../objects/collect_objects.ts";
import { syncFrames } from "../objects/object_sync.ts";
import { type AttachmentTerms, ChannelAttachment } from "./attachment.ts";
import type { Connection } from "./client_connection.ts";
import { sendSync } from "./presence_frames.ts";

/** The modes of those who ask for none (TB2d). */
const DEFAULT_MODES: readonly ResolvedChannelMode[] = [
  "presence",
  "publish",
  "subscribe",
  "presence_subscribe",
  "annotation_publish",
];

/** The channel parameters that mean something (RTL4k). */
const PARAMS = ["modes", "delta", "rewind", "rewindLimit", "occupancy", "objects"];
const MAX_REWIND = 100;

/** Any one of these operations lets a client attach, with any modes. */
const ATTACHING = Object.keys(MODE_FLAGS).map((mode) => mode.replace("_", "-"));

/** Handles ATTACH: a first one, one that continues, or one that changes modes and parameters. */
export function attach(connection: Connection, message: ProtocolMessage): void {
  try {
    attachTo(connection, parseChannelName(message.channel ?? ""), message);
  } catch (thrown) {
    connection.send({
      action: Action.Error,
      channel: message.channel ?? "",
      error: toWireError(toErrorInfo(thrown)),
    });
  }
}

/** Handles DETACH; answered with DETACHED in any case. */
export function detach(connection: Connection, message: ProtocolMessage): void {
  const channel = message.channel ?? "";
  const attachment = connection.attachments.get(channel);
  connection.detach(channel);
  if (attachment !== undefined) removeMembers(attachment.channel, connection.id);
  connection.send({ action: Action.Detached, channel });
}

function attachTo(connection: Connection, name: ChannelName, message: ProtocolMessage): void {
  const channel = connection.app.channel(name.base);
  const params = understood({ ...name.params, ...message.params });
  const asked = askedModes(message);
  const modes = grantedModes(connection.grant, name, asked);
  if (!mayAttach(connection.grant, name)) throw denied(name);
  const terms: AttachmentTerms = { asked, modes, params };
  const existing = connection.attachments.get(name.full);
  const { events, flags, error } = continuation(channel, message, existing);
  const attachment = existing ??
    new ChannelAttachment(name, channel, { owner: connection, terms });
  attachment.setTerms(terms);
  const backlog = (events ?? rewound(channel, params, message))
    .filter((event) => attachment.wants(event));
  attachment.resetDelta();
  connection.attachments.set(name.full, attachment);
  const hasPresence = channel.presence.size > 0 && attachment.has("presence_subscribe");
  const { announceNone, syncInterval } = connection.app.objects;
  collectObjects(channel);
  const hasObjects = attachment.has("object_subscribe") &&
    !(announceNone && channel.objects.isPristine);
  connection.send({
    action: Action.Attached,
    channel: name.full,
    // The missed events have not been sent yet, and the transport may break before they are.
    channelSerial: events?.length ? message.channelSerial : channel.events.position,
    flags: modes | flags | (backlog.length > 0 ? Flag.HasBacklog : 0) |
      (hasPresence ? Flag.HasPresence : 0) | (hasObjects ? Flag.HasObjects : 0),
    params,
    ...(error && { error }),
  });
  for (const event of backlog) attachment.deliver(event);
  if (hasPresence) sendSync(connection, channel, name.full);
  if (hasObjects) {
    sendPages(connection, syncFrames(channel, name.full), syncInterval ?? 0);
  }
  attachment.announceOccupancy();
  attachment.announceObjects(permits(connection.grant.grants, name.full, "channel-metadata"));
}

/** Sends the pages of a sync, with a pause between them. A sync that has begun anew meanwhile has another id. */
function sendPages(connection: Connection, pages: readonly ProtocolMessage[], pause: number): void {
  pages.forEach((page, index) => {
    if (pause === 0 || index === 0) connection.send(page);
    else {
      connection.app.later(index * pause, () => {
        if (connection.attachments.has(page.channel!)) connection.send(page);
      });
    }
  });
}

/** RTL4l: the modes asked for, as far as the credentials permit them; as bits. */
function grantedModes(
  grant: Grant,
  name: ChannelName,
  asked: readonly ResolvedChannelMode[],
): number {
  return modesToFlags(
    asked.filter((mode) => permits(grant.grants, name.full, mode.replace("_", "-"))),
  );
}

function mayAttach(grant: Grant, name: ChannelName): boolean {
  return ATTACHING.some((operation) => permits(grant.grants, name.full, operation));
}

/** RTC8a1: other credentials may permit less, or more, on the channels that are attached. */
export function regrantModes(connection: Connection): void {
  for (const [full, attachment] of connection.attachments) {
    const { name, modes: before } = attachment;
    const modes = grantedModes(connection.grant, name, attachment.asked);
    attachment.setModes(modes);
    if (modes !== 0 || (before === 0 && mayAttach(connection.grant, name))) continue;
    connection.detach(full);
    removeMembers(attachment.channel, connection.id);
    const error = toWireError(denied(name));
    connection.send({ action: Action.Error, channel: full, error });
  }
}

function denied({ full }: ChannelName): ErrorInfo {
  return serviceError(
    ServiceCode.CapabilityDenied,
    `The credentials do not permit to attach to the channel ${JSON.stringify(full)}`,
  );
}

function askedModes(message: ProtocolMessage): readonly ResolvedChannelMode[] {
  const named = message.params?.modes;
  if (typeof named === "string" && named !== "") {
    return named.toLowerCase().split(",").map((mode) => mode.trim())
      .filter((mode): mode is ResolvedChannelMode => Object.hasOwn(MODE_FLAGS, mode));
  }
  const flagged = flagsToModes(message.flags ?? 0);
  return flagged.length > 0 ? flagged : DEFAULT_MODES;
}

function understood(params: Record<string, unknown>): Record<string, string> {
  const known: Record<string, string> = {};
  for (const name of PARAMS) {
    if (params[name] !== undefined && params[name] !== null) known[name] = String(params[name]);
  }
  return known;
}

interface Continuation {
  /** The missed events; absent if there is nothing to continue. */
  events?: readonly ChannelEvent[];
  flags: number;
  error?: WireError;
}

/** RTL4c1: continues where the client left off, if what followed is still known. */
function continuation(
  channel: Channel,
  { channelSerial }: ProtocolMessage,
  existing: ChannelAttachment | undefined,
): Continuation {
  if (typeof channelSerial !== "string" || channelSerial === "") return { flags: 0 };
  const missed = channel.events.since(channelSerial, channel.clock.now());
  if (typeof missed === "string") return { flags: 0, events: [], error: lost(missed) };
  // A live attachment has already sent these events. With deltas, a repeated ATTACH asks for them again.
  const repeat = existing === undefined || existing.params.delta !== undefined;
  return { flags: Flag.Resumed, events: repeat ? missed : [] };
}

function lost(reason: Discontinuity): WireError {
  const code = {
    "expired": ServiceCode.ContinuityExpired,
    "too-many": ServiceCode.ContinuityTooManyMessages,
    "other-site": ServiceCode.ContinuityOtherSite,
  }[reason];
  return toWireError(
    serviceError(code, "Unable to recover the channel: messages may have been missed"),
  );
}

/** The messages that `rewind` asks for, oldest first. */
function rewound(
  channel: Channel,
  { rewind, rewindLimit }: AttachmentTerms["params"],
  { flags = 0 }: ProtocolMessage,
): ChannelEvent[] {
  // RTL4j: whoever was attached before does not rewind again.
  if (rewind === undefined || (flags & Flag.AttachResume) !== 0) return [];
  const match = /^(\d+)([sm]?)$/.exec(rewind);
  if (match === null) return [];
  const amount = Number(match[1]);
  const limit = /^\d+$/.test(rewindLimit ?? "")
    ? Math.min(Number(rewindLimit), MAX_REWIND)
    : MAX_REWIND;
  const now = channel.clock.now();
  const all = channel.messages.all(now);
  const last = (count: number, messages: readonly StoredMessage[]) =>
    asEvents(count === 0 ? [] : messages.slice(-count));
  if (match[2] === "") return last(Math.min(amount, limit), all);
  const since = now - amount * (match[2] === "m" ? 60_000 : 1_000);
  return last(limit, all.filter(({ timestamp }) => timestamp >= since));
}

function asEvents(messages: readonly StoredMessage[]): ChannelEvent[] {
  let channelSerial = "";
  return messages.map((message) => {
    // A message in its latest version stands for all events up to that: who goes on from it must not get them again.
    const latest = frameSerial(message.version?.serial ?? message.serial);
    if (latest > channelSerial) channelSerial = latest;
    return asEvent(message, channelSerial);
  });
}

function asEvent(message: StoredMessage, channelSerial: string): ChannelEvent {
  const { id, timestamp, connectionId } = message;
  return {
    action: Action.Message,
    channelSerial,
    id: id.replace(/:\d+$/, ""),
    timestamp,
    connectionId,
    messages: [message],
  };
}
