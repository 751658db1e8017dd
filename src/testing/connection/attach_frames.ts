import * as Action from "../../protocol/action_numbers.ts";
import * as Flag from "../../protocol/flag_bits.ts";
import {
  flagsToModes,
  MODE_FLAGS,
  modesToFlags,
  type ResolvedChannelMode,
} from "../../protocol/actions.ts";
import type { ProtocolMessage, WireError } from "../../protocol/protocol_message.ts";
import { ErrorInfo } from "../../errors.ts";
import type { Grant } from "../auth/grant.ts";
import { permits } from "../auth/capability_rules.ts";
import type { Channel } from "../core/channel.ts";
import type { ChannelEvent } from "../core/channel_event.ts";
import { type ChannelName, parseChannelName } from "../core/channel_name.ts";
import type { Discontinuity } from "../core/event_log.ts";
import { removeMembers } from "../core/member_changes.ts";
import { ServiceCode, serviceError, toErrorInfo, toWireError } from "../core/service_error.ts";
import { collectObjects } from "../objects/collect_objects.ts";
import { limitExceeded } from "../limits/limit_errors.ts";
import { syncFrames } from "../objects/object_sync.ts";
import { type AttachmentTerms, ChannelAttachment } from "./attachment.ts";
import type { ResumableConnection } from "./resumable_connection.ts";
import { sendSync } from "./presence_frames.ts";
import { rewind } from "./rewind.ts";

/** The modes of a client that asks for no modes (TB2d). */
const DEFAULT_MODES: readonly ResolvedChannelMode[] = [
  "presence",
  "publish",
  "subscribe",
  "presence_subscribe",
  "annotation_publish",
];

/** The channel parameters with an effect (RTL4k). */
const PARAMS = ["modes", "delta", "rewind", "rewindLimit", "occupancy", "objects"];

/** The operations of which a client needs at least one to attach, in any mode. */
const ATTACHING = Object.keys(MODE_FLAGS).map((mode) => mode.replace("_", "-"));

/** Handles ATTACH: the first one, one that continues, or one that changes modes and parameters. */
export function attach(connection: ResumableConnection, frame: ProtocolMessage): void {
  try {
    attachTo(connection, parseChannelName(frame.channel ?? ""), frame);
  } catch (thrown) {
    connection.send({
      action: Action.Error,
      channel: frame.channel ?? "",
      error: toWireError(toErrorInfo(thrown)),
    });
  }
}

/** Handles DETACH. The response is always DETACHED. */
export function detach(connection: ResumableConnection, frame: ProtocolMessage): void {
  const channel = frame.channel ?? "";
  const attachment = connection.attachments.get(channel);
  connection.detach(channel);
  if (attachment !== undefined) removeMembers(attachment.channel, connection.id);
  connection.send({ action: Action.Detached, channel });
}

/** Performs the parts in the order in which the client must see their effects: refusal, ATTACHED, backlog, state. */
function attachTo(
  connection: ResumableConnection,
  name: ChannelName,
  frame: ProtocolMessage,
): void {
  const terms = negotiate(connection.grant, name, frame);
  const existing = connection.attachments.get(name.full);
  const most = connection.app.limits.channelsPerConnection ?? Infinity;
  if (existing === undefined && connection.attachments.size >= most) {
    throw limitExceeded(ServiceCode.TooManyChannels, most);
  }
  const channel = connection.app.channel(name.base);
  const continuation = continueOrRewind(channel, frame, { existing, params: terms.params });
  const attachment = existing ??
    new ChannelAttachment(name, channel, { owner: connection, terms });
  attachment.setTerms(terms);
  attachment.resetDelta();
  if (existing === undefined) {
    connection.attachments.set(name.full, attachment);
    channel.join(attachment);
  }
  const backlog = continuation.events.filter((event) => attachment.wants(event));
  // Before ATTACHED, so that its flag and the sync after it agree.
  collectObjects(channel);
  const hasObjects = attachment.has("object_subscribe") &&
    !(connection.app.objects.announceNone && channel.objects.isPristine);
  const hasBacklog = backlog.length > 0;
  sendAttached(connection, attachment, { ...continuation, hasBacklog, hasObjects });
  sendBacklog(connection, attachment, { backlog, hasObjects });
}

/**
 * Determines the modes and parameters of an attachment.
 *
 * @throws {ErrorInfo} 40160 if the credentials permit nothing on the channel, 40000 for a rewind that cannot be read.
 */
function negotiate(grant: Grant, name: ChannelName, frame: ProtocolMessage): AttachmentTerms {
  if (!mayAttach(grant, name)) throw capabilityDenied(name);
  const asked = askedModes(frame);
  return {
    asked,
    modes: grantedModes(grant, name, asked),
    params: understoodParams({ ...name.params, ...frame.params }),
  };
}

interface Continuation {
  /** The events to send after ATTACHED, unfiltered, oldest first. */
  events: readonly ChannelEvent[];
  /** The position in ATTACHED. */
  channelSerial: string | undefined;
  /** RESUMED if no event was missed (RTL12). */
  flags: number;
  /** The reason why events may have been missed. */
  error?: WireError;
}

/** RTL4c1: continues from the client's position if the later events are still stored; without a position, rewinds. */
function continueOrRewind(
  channel: Channel,
  frame: ProtocolMessage,
  { existing, params }: {
    existing: ChannelAttachment | undefined;
    params: AttachmentTerms["params"];
  },
): Continuation {
  const { channelSerial } = frame;
  const current = channel.events.position;
  if (typeof channelSerial !== "string" || channelSerial === "") {
    // RTL4j: only the first ATTACH rewinds.
    const isResumed = ((frame.flags ?? 0) & Flag.AttachResume) !== 0;
    const events = isResumed ? [] : rewind(channel, params);
    return { flags: 0, events, channelSerial: current };
  }
  const missed = channel.events.since(channelSerial, channel.clock.now());
  if (typeof missed === "string") {
    return { flags: 0, events: [], channelSerial: current, error: discontinuity(missed) };
  }
  // A live attachment has already sent these events. With deltas, a repeated ATTACH asks for them again.
  const repeat = existing === undefined || existing.params.delta !== undefined;
  const events = repeat ? missed : [];
  // Repeat the missed events in any case: the socket may break before they are sent.
  return {
    flags: Flag.Resumed,
    events,
    channelSerial: events.length > 0 ? channelSerial : current,
  };
}

function sendAttached(
  connection: ResumableConnection,
  attachment: ChannelAttachment,
  { flags, channelSerial, error, hasBacklog, hasObjects }: Continuation & {
    hasBacklog: boolean;
    hasObjects: boolean;
  },
): void {
  connection.send({
    action: Action.Attached,
    channel: attachment.name.full,
    channelSerial,
    flags: attachment.modes | flags | (hasBacklog ? Flag.HasBacklog : 0) |
      (sendsMembers(attachment) ? Flag.HasPresence : 0) |
      (hasObjects ? Flag.HasObjects : 0),
    params: attachment.params,
    ...(error && { error }),
  });
}

/** Sends the backlog and then the state of the channel: members, objects, occupancy. */
function sendBacklog(
  connection: ResumableConnection,
  attachment: ChannelAttachment,
  { backlog, hasObjects }: { backlog: readonly ChannelEvent[]; hasObjects: boolean },
): void {
  const { channel, name } = attachment;
  for (const event of backlog) attachment.deliver(event);
  if (sendsMembers(attachment)) sendSync(connection, channel, name.full);
  if (hasObjects) {
    sendPages(connection, syncFrames(channel, name.full), connection.app.objects.syncInterval ?? 0);
  }
  attachment.announceOccupancy();
  attachment.announceObjects(permits(connection.grant.grants, name.full, "channel-metadata"));
}

/** Sends the pages of a sync, with a pause between them. A sync that starts again in the meantime has another id. */
function sendPages(
  connection: ResumableConnection,
  pages: readonly ProtocolMessage[],
  pause: number,
): void {
  pages.forEach((page, index) => {
    if (pause === 0 || index === 0) connection.send(page);
    else {
      connection.app.later(index * pause, () => {
        if (connection.attachments.has(page.channel!)) connection.send(page);
      });
    }
  });
}

function sendsMembers(attachment: ChannelAttachment): boolean {
  return attachment.channel.presence.size > 0 && attachment.has("presence_subscribe");
}

/** RTL4l: the requested modes that the credentials permit, as bits. */
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

/** RTC8a1: adjusts the modes of the attached channels to other credentials, which may permit less or more. */
export function regrantModes(connection: ResumableConnection): void {
  for (const [full, attachment] of connection.attachments) {
    const { name, modes: before } = attachment;
    const modes = grantedModes(connection.grant, name, attachment.asked);
    attachment.setModes(modes);
    if (modes !== 0 || (before === 0 && mayAttach(connection.grant, name))) continue;
    connection.detach(full);
    removeMembers(attachment.channel, connection.id);
    const error = toWireError(capabilityDenied(name));
    connection.send({ action: Action.Error, channel: full, error });
  }
}

function capabilityDenied({ full }: ChannelName): ErrorInfo {
  return serviceError(
    ServiceCode.CapabilityDenied,
    `The credentials do not permit to attach to the channel ${JSON.stringify(full)}`,
  );
}

function askedModes(frame: ProtocolMessage): readonly ResolvedChannelMode[] {
  const named = frame.params?.modes;
  if (typeof named === "string" && named !== "") {
    return named.toLowerCase().split(",").map((mode) => mode.trim())
      .filter((mode): mode is ResolvedChannelMode => Object.hasOwn(MODE_FLAGS, mode));
  }
  const flagged = flagsToModes(frame.flags ?? 0);
  return flagged.length > 0 ? flagged : DEFAULT_MODES;
}

function understoodParams(params: Record<string, unknown>): Record<string, string> {
  const known: Record<string, string> = {};
  for (const name of PARAMS) {
    if (params[name] !== undefined && params[name] !== null) known[name] = String(params[name]);
  }
  if (!/^\d+[smhd]?$/.test(known.rewind ?? "0")) throw badRewind(known.rewind!);
  return known;
}

function badRewind(value: string): ErrorInfo {
  return new ErrorInfo({
    message: `The rewind ${JSON.stringify(value)} is neither a number of messages nor a time`,
    code: ServiceCode.BadRequest,
    statusCode: 400,
    remediation: 'Give a number such as "10", or a time such as "2m".',
  });
}

function discontinuity(reason: Discontinuity): WireError {
  const code = {
    "expired": ServiceCode.ContinuityExpired,
    "too-many": ServiceCode.ContinuityTooManyMessages,
    "other-site": ServiceCode.ContinuityOtherSite,
  }[reason];
  return toWireError(
    serviceError(code, "Unable to recover the channel: messages may have been missed"),
  );
}
