import * as Action from "../../protocol/action_numbers.ts";
import { MODE_FLAGS, type ResolvedChannelMode } from "../../protocol/actions.ts";
import type { ProtocolMessage } from "../../protocol/protocol_message.ts";
import type { Attachment, Channel } from "../core/channel.ts";
import type { ChannelEvent } from "../core/channel_event.ts";
import type { ChannelName } from "../core/channel_name.ts";
import { MESSAGE_SUMMARY } from "../core/mutate.ts";
import { type MessageFilter, messageFilter } from "../core/jmespath_filter.ts";
import { limitExceeded } from "../limits/limit_errors.ts";
import type { ServiceLimits } from "../limits/service_limits.ts";
import type { Rate } from "../limits/rate.ts";
import { ServiceCode, toWireError } from "../core/service_error.ts";
import { DeltaFeed } from "./delta_feed.ts";
import { OutgoingFrame } from "./outgoing_frame.ts";
import { ObjectsFeed } from "./objects_feed.ts";
import { OccupancyFeed } from "./occupancy_feed.ts";

/** The connection that an attachment sends to. */
export interface AttachmentOwner {
  readonly id: string;
  readonly options: { readonly echo: boolean };
  readonly app: {
    readonly limits?: ServiceLimits;
    later(delay: number, callback: () => void): unknown;
  };
  /** The messages that may still be sent to the client. */
  readonly outbound?: Rate;
  send(message: ProtocolMessage | OutgoingFrame): void;
}

/** The parameters of an attachment. */
export interface AttachmentTerms {
  /** The requested modes. */
  readonly asked: readonly ResolvedChannelMode[];
  /** The granted modes as bits. */
  readonly modes: number;
  /** The parameters that are known. */
  readonly params: Readonly<Record<string, string>>;
}

/** The frames of events that are sent unchanged, shared by all attachments under the channel's own name. */
const frames = new WeakMap<ChannelEvent, OutgoingFrame>();

/** The number of messages that an attachment remembers. For an append to an older one it sends the whole message. */
const MAX_SEEN = 10_000;

/**
 * One connection's attachment to one channel. It decides which events are sent, and in which form. `attach` adds it to the
 * channel.
 */
export class ChannelAttachment implements Attachment {
  readonly name: ChannelName;
  readonly channel: Channel;
  readonly #owner: AttachmentOwner;
  readonly #filter: MessageFilter | undefined;
  readonly #delta = new DeltaFeed();
  readonly #occupancy = new OccupancyFeed();
  readonly #objects: ObjectsFeed;
  /** The serials of messages that were sent, if messages can change. */
  readonly #seen = new Set<string>();
  #terms: AttachmentTerms;
  #announced = false;
  #isLosing = false;

  constructor(name: ChannelName, channel: Channel, given: {
    owner: AttachmentOwner;
    terms: AttachmentTerms;
  }) {
    this.name = name;
    this.channel = channel;
    this.#owner = given.owner;
    this.#terms = given.terms;
    this.#filter = name.filter === undefined ? undefined : messageFilter(name.filter);
    this.#objects = new ObjectsFeed(channel, name.full, {
      send: (message) => this.#owner.send(message),
      later: (delay, callback) => void this.#owner.app.later(delay, callback),
    });
  }

  get connectionId(): string {
    return this.#owner.id;
  }

  get modes(): number {
    return this.#terms.modes;
  }

  get asked(): readonly ResolvedChannelMode[] {
    return this.#terms.asked;
  }

  get params(): Readonly<Record<string, string>> {
    return this.#terms.params;
  }

  has(mode: keyof typeof MODE_FLAGS): boolean {
    return (this.modes & MODE_FLAGS[mode]) !== 0;
  }

  /** Changes modes and parameters. */
  setTerms(terms: AttachmentTerms): void {
    this.#terms = terms;
    this.#announced = false;
    this.channel.noteOccupancy();
  }

  /** Changes only the granted modes. */
  setModes(modes: number): void {
    this.#terms = { ...this.#terms, modes };
    this.channel.noteOccupancy();
  }

  /** Whether an event would be sent. */
  wants(event: ChannelEvent): boolean {
    if (!this.#isFor(event)) return false;
    return this.#filter === undefined || event.messages?.some(this.#filter) !== false;
  }

  resync(frames: (name: string) => ProtocolMessage[]): void {
    if (!this.has("object_subscribe")) return;
    for (const frame of frames(this.name.full)) this.#owner.send(frame);
  }

  /** Sends the objects as messages, if the client requests and may receive them. */
  announceObjects(isPermitted: boolean): void {
    this.#objects.begin(isPermitted && this.has("subscribe") ? this.params.objects : undefined);
  }

  deliver(event: ChannelEvent): boolean {
    if (event.action === Action.Object) this.#objects.changed();
    if (!this.#isFor(event)) return false;
    const form = this.#inForm(event);
    if (form === undefined) return false;
    const count = form.messages?.length ?? form.presence?.length ?? 0;
    if (this.#owner.outbound?.take(count, this.channel.clock.now()) === false) {
      return this.#lose(event);
    }
    this.#isLosing = false;
    this.#owner.send(this.#frameOf(form));
    return true;
  }

  /** Omits an event that exceeds the client's rate, and reports the first of a series as a loss of continuity. */
  #lose({ channelSerial }: ChannelEvent): false {
    this.#delta.reset();
    this.#seen.clear();
    if (this.#isLosing) return false;
    this.#isLosing = true;
    const limit = this.#owner.app.limits?.outboundMessageRate ?? 0;
    this.#owner.send({
      action: Action.Attached,
      channel: this.name.full,
      channelSerial,
      flags: this.modes,
      params: this.params,
      error: toWireError(limitExceeded(ServiceCode.OutboundRate, limit)),
    });
    return false;
  }

  /** Makes the next message a whole one, even if the client receives deltas. */
  resetDelta(): void {
    this.#delta.reset();
  }

  occupancyChanged(): void {
    if (this.#announced) this.announceOccupancy();
  }

  /** Sends the occupancy, and from now on every change of it, if the client requests it. */
  announceOccupancy(): void {
    if (!this.#announced) this.#occupancy.reset();
    this.#announced = true;
    const { occupancy } = this.#terms.params;
    if (occupancy === undefined || !this.has("subscribe")) return;
    const message = this.#occupancy.next(this.channel, occupancy, this.name.full);
    if (message !== undefined) this.#owner.send(message);
  }

  /** Ends the attachment. */
  end(): void {
    this.#objects.end();
    this.channel.leave(this);
  }

  #isFor(event: ChannelEvent): boolean {
    const own = event.connectionId === this.#owner.id;
    switch (event.action) {
      case Action.Message:
        return this.has("subscribe") && (!own || this.#owner.options.echo);
      case Action.Presence:
        // RTP17: the presence events of a client's own members are sent in any mode, because the client needs them to keep
        // these members.
        return own || this.has("presence_subscribe");
      case Action.Annotation:
        return this.has("annotation_subscribe") && (!own || this.#owner.options.echo);
      case Action.Object:
        return this.has("object_subscribe") && (!own || this.#owner.options.echo);
      default:
        return false;
    }
  }

  /** An event in the form for this client; undefined if all of it is filtered out. */
  #inForm(event: ChannelEvent): ChannelEvent | undefined {
    if (event.messages === undefined) return event;
    let form = this.#rolledUp(event);
    if (this.#filter !== undefined) {
      const messages = form.messages!.filter(this.#filter);
      if (messages.length === 0) return undefined;
      form = { ...form, messages };
    }
    if (this.params.delta !== "vcdiff") return form;
    return { ...form, messages: form.messages!.map((message) => this.#delta.next(message)) };
  }

  /** For an append to a message that this client has not received since it attached, the event is the whole message. */
  #rolledUp(event: ChannelEvent): ChannelEvent {
    const { whole, messages } = event;
    if (!this.channel.mutable || messages === undefined) return event;
    const rolled = whole === undefined || this.#seen.has(whole.serial)
      ? event
      : { ...event, messages: [whole] };
    for (const { serial, action } of messages) {
      if (action !== MESSAGE_SUMMARY) this.#seen.add(serial); // A summary has no data.
    }
    for (const serial of this.#seen) {
      if (this.#seen.size <= MAX_SEEN) break;
      this.#seen.delete(serial);
    }
    return rolled;
  }

  #frameOf(event: ChannelEvent): OutgoingFrame {
    if (this.name.full !== this.channel.name) {
      return new OutgoingFrame(messageOf(event, this.name.full));
    }
    let frame = frames.get(event);
    if (frame === undefined) {
      frame = new OutgoingFrame(messageOf(event, this.channel.name));
      frames.set(event, frame);
    }
    return frame;
  }
}

/** An event as a frame. */
export function messageOf(event: ChannelEvent, channel: string): ProtocolMessage {
  const { action, id, connectionId, timestamp, channelSerial } = event;
  const message: ProtocolMessage = { action, channel, id, timestamp, channelSerial };
  if (connectionId !== undefined) message.connectionId = connectionId;
  if (event.messages) message.messages = [...event.messages];
  if (event.presence) message.presence = [...event.presence];
  if (event.annotations) message.annotations = [...event.annotations];
  if (event.state) message.state = [...event.state];
  return message;
}
