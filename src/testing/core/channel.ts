import type { ProtocolMessage } from "../../protocol/protocol_message.ts";
import type { RandomSource } from "../../util/random.ts";
import { AnnotationStore } from "./annotation_store.ts";
import type { AppClock } from "./app_clock.ts";
import type { Namespace } from "./app_setup.ts";
import { type ChannelEvent, lastingPart } from "./channel_event.ts";
import type { ChannelKind } from "./channel_kind.ts";
import { EventLog } from "./event_log.ts";
import { MessageStore } from "./message_store.ts";
import { ObjectPool } from "../objects/stored_objects.ts";
import { PresenceSet } from "./presence_set.ts";
import type { SerialSource } from "./serials.ts";
import type { StatsStore } from "./stats_store.ts";

/** The content of a push notification. */
export type PushPayload = Readonly<Record<string, unknown>>;

/** One connection's attachment to a channel, as far as the channel knows it. */
export interface Attachment {
  readonly connectionId: string;
  /** The granted modes, as bits of the ATTACHED flags. */
  readonly modes: number;
  /** Hands over an event; the attachment decides whether and in which form. Whether it went out. */
  deliver(event: ChannelEvent): boolean;
  /** Takes note that someone came or left. */
  occupancyChanged(): void;
  /** Sends frames that tell the objects of the channel anew, if they are wanted. */
  resync(frames: (name: string) => ProtocolMessage[]): void;
}

/** The parts of the app that a channel uses. */
export interface ChannelSources {
  readonly clock: AppClock;
  readonly serials: SerialSource;
  readonly random: RandomSource;
  readonly stats: StatsStore;
  /** Sends what a message wants pushed to those who are subscribed to its channel. */
  pushed(channel: string, payload: PushPayload): void;
  /** Takes note that a channel got its first attachment, or lost its last. */
  lifecycle(channel: Channel, event: "opened" | "closed"): void;
}

/** One channel: what was published on it, and who is attached. */
export class Channel {
  readonly name: string;
  readonly namespace: Namespace | undefined;
  /** The kind of a product's channel. */
  readonly kind: ChannelKind | undefined;
  readonly messages: MessageStore;
  readonly presence: PresenceSet;
  readonly objects: ObjectPool = new ObjectPool();
  /** The objects that REST operations with an id of their own have affected. */
  readonly objectPublishes: Map<string, readonly string[]> = new Map();
  readonly annotations = new AnnotationStore();
  readonly events: EventLog;
  readonly attachments = new Set<Attachment>();
  /** When somebody last asked for it or left it, in milliseconds since the Unix epoch. */
  usedAt: number;
  readonly #sources: ChannelSources;

  constructor(
    name: string,
    { namespace, kind }: { namespace?: Namespace; kind?: ChannelKind },
    sources: ChannelSources,
  ) {
    this.name = name;
    this.namespace = namespace;
    this.kind = kind;
    this.#sources = sources;
    this.usedAt = sources.clock.now();
    this.messages = new MessageStore(
      this.#has("persisted"),
      (serial) => this.annotations.forget(serial),
    );
    this.presence = new PresenceSet(this.#has("persisted"));
    this.events = new EventLog(sources.serials.next(sources.clock.now()));
  }

  get mutable(): boolean {
    return this.#has("mutableMessages");
  }

  get clock(): AppClock {
    return this.#sources.clock;
  }

  get random(): RandomSource {
    return this.#sources.random;
  }

  #has(feature: Exclude<keyof Namespace, "id">): boolean {
    return this.kind?.features[feature] ?? this.namespace?.[feature] === true;
  }

  /** Whether the channel can be dropped: no client uses it, and it stores nothing. */
  isIdle(now: number): boolean {
    return this.attachments.size === 0 && this.presence.size === 0 && this.objects.isPristine &&
      this.messages.all(now).length === 0 && this.presence.history(now).length === 0 &&
      this.events.isEmpty(now);
  }

  /** Counts what was published. */
  countInbound(transport: "realtime" | "rest", amounts: { count: number; data: number }): void {
    this.#sources.stats.messages("inbound", transport, amounts);
  }

  /** Sends a push notification to those who are subscribed to the channel, if it may. */
  push(payload: PushPayload): void {
    if (this.#has("pushEnabled")) this.#sources.pushed(this.name, payload);
  }

  /** The serial of something accepted now. */
  nextSerial(timestamp: number): string {
    return this.#sources.serials.next(timestamp);
  }

  /** Takes in an attachment. */
  join(attachment: Attachment): void {
    this.attachments.add(attachment);
    if (this.attachments.size === 1) this.#sources.lifecycle(this, "opened");
    this.noteOccupancy();
  }

  /** Lets an attachment go. */
  leave(attachment: Attachment): void {
    this.attachments.delete(attachment);
    this.usedAt = this.clock.now();
    if (this.attachments.size === 0) this.#sources.lifecycle(this, "closed");
    this.noteOccupancy();
  }

  /** Tells those who want to know that someone came or left. */
  noteOccupancy(): void {
    for (const attachment of this.attachments) attachment.occupancyChanged();
  }

  /** Records an event and hands it to everyone attached. */
  emit(event: ChannelEvent): void {
    const lasting = lastingPart(event);
    if (lasting !== undefined) this.events.append(lasting);
    else this.events.pass(event.channelSerial);
    let delivered = 0;
    for (const attachment of [...this.attachments]) if (attachment.deliver(event)) delivered++;
    const { messages, size = 0 } = event;
    if (delivered === 0 || messages === undefined) return;
    const amounts = { count: delivered * messages.length, data: delivered * size };
    this.#sources.stats.messages("outbound", "realtime", amounts);
  }
}
