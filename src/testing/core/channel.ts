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
import { ServiceCode } from "./service_error.ts";
import { PresenceSet } from "./presence_set.ts";
import { limitExceeded } from "../limits/limit_errors.ts";
import { Rate } from "../limits/rate.ts";
import type { ServiceLimits } from "../limits/service_limits.ts";
import { MAX_MESSAGE_SIZE } from "./message_size.ts";
import type { SerialSource } from "./serials.ts";
import type { StatsStore } from "./stats_store.ts";

/** The content of a push notification. */
export type PushPayload = Readonly<Record<string, unknown>>;

/** The parts of a connection's attachment that the channel uses. */
export interface Attachment {
  readonly connectionId: string;
  /** The granted modes, as bits of the ATTACHED flags. */
  readonly modes: number;
  /** Passes an event to the attachment, which decides whether to send it, and in which form. Returns whether it was sent. */
  deliver(event: ChannelEvent): boolean;
  /** Called when the occupancy has changed. */
  occupancyChanged(): void;
  /** Sends frames with all objects of the channel, if the client requests them. */
  resync(frames: (name: string) => ProtocolMessage[]): void;
}

/** The parts of the app that a channel uses. */
export interface ChannelSources {
  readonly clock: AppClock;
  readonly serials: SerialSource;
  readonly random: RandomSource;
  readonly stats: StatsStore;
  readonly limits: ServiceLimits;
  /** The messages that may still be published to the app's channels. */
  readonly messageRate: Rate;
  /** Sends the push notification of a message to the subscribers of its channel. */
  pushed(channel: string, payload: PushPayload): void;
  /** Called when a channel got its first attachment, or lost its last. */
  lifecycle(channel: Channel, event: "opened" | "closed"): void;
}

/** One channel: its stored messages, members and objects, and its attachments. */
export class Channel {
  readonly name: string;
  readonly namespace: Namespace | undefined;
  /** The kind of a product's channel. */
  readonly kind: ChannelKind | undefined;
  readonly messages: MessageStore;
  readonly presence: PresenceSet;
  readonly objects: ObjectPool = new ObjectPool();
  /** The objects that REST operations with a client's id have affected. */
  readonly objectPublishes: Map<string, readonly string[]> = new Map();
  readonly annotations = new AnnotationStore();
  readonly events: EventLog;
  readonly attachments = new Set<Attachment>();
  readonly #watchers = new Set<(event: ChannelEvent) => void>();
  /** The time of the last use, in milliseconds since the Unix epoch. */
  usedAt: number;
  readonly #sources: ChannelSources;
  readonly #messageRate: Rate;
  readonly #bandwidth: Rate;

  constructor(
    name: string,
    { namespace, kind }: { namespace?: Namespace; kind?: ChannelKind },
    sources: ChannelSources,
  ) {
    this.name = name;
    this.namespace = namespace;
    this.kind = kind;
    this.#sources = sources;
    this.#messageRate = new Rate(sources.limits.channelMessageRate);
    this.#bandwidth = new Rate(sources.limits.channelBandwidth);
    this.usedAt = sources.clock.now();
    this.messages = new MessageStore(
      { persisted: this.isPersisted, persistLast: this.#has("persistLast") },
      (serial) => this.annotations.forget(serial),
    );
    this.presence = new PresenceSet(this.isPersisted);
    this.events = new EventLog(sources.serials.next(sources.clock.now()));
  }

  /** Whether messages are kept for the lifetime of the app. */
  get isPersisted(): boolean {
    return this.#has("persisted");
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

  /** Forgets the items whose time is over. */
  prune(now: number): void {
    this.messages.prune(now);
    this.presence.prune(now);
    this.events.prune(now);
  }

  /** Whether the channel can be removed: it has no attachment, and stores nothing. */
  isIdle(now: number): boolean {
    return this.attachments.size === 0 && this.#watchers.size === 0 && this.presence.size === 0 &&
      this.objects.isPristine &&
      this.messages.all(now).length === 0 && this.messages.last.length === 0 &&
      this.presence.history(now).length === 0 &&
      this.events.isEmpty(now);
  }

  /** The largest publish, in bytes. */
  get maxMessageSize(): number {
    return this.#sources.limits.maxMessageSize ?? MAX_MESSAGE_SIZE;
  }

  /**
   * Checks that items may be published now, by the limits on rates.
   *
   * @param size The size of the items in bytes, if it counts.
   * @throws {ErrorInfo} 42913, 42914 or 42917 if they may not.
   */
  admit(count: number, size = 0): void {
    const { limits, messageRate } = this.#sources;
    const now = this.clock.now();
    if (!this.#messageRate.take(count, now)) {
      throw limitExceeded(ServiceCode.ChannelInboundRate, limits.channelMessageRate!);
    }
    if (!this.#bandwidth.take(size, now)) {
      throw limitExceeded(ServiceCode.ChannelBandwidth, limits.channelBandwidth!);
    }
    if (!messageRate.take(count, now)) {
      throw limitExceeded(ServiceCode.MessageRate, limits.messageRate!);
    }
  }

  /** Counts published messages, for statistics. */
  countInbound(transport: "realtime" | "rest", amounts: { count: number; data: number }): void {
    this.#sources.stats.messages("inbound", transport, amounts);
  }

  /** Sends a push notification to the subscribers of the channel, if the namespace permits it. */
  push(payload: PushPayload): void {
    if (this.#has("pushEnabled")) this.#sources.pushed(this.name, payload);
  }

  /** The serial for an item that is accepted now. */
  nextSerial(timestamp: number): string {
    return this.#sources.serials.next(timestamp);
  }

  /** Adds an attachment. */
  join(attachment: Attachment): void {
    this.attachments.add(attachment);
    if (this.attachments.size === 1) this.#sources.lifecycle(this, "opened");
    this.noteOccupancy();
  }

  /** Removes an attachment. */
  leave(attachment: Attachment): void {
    this.attachments.delete(attachment);
    this.usedAt = this.clock.now();
    if (this.attachments.size === 0) this.#sources.lifecycle(this, "closed");
    this.noteOccupancy();
  }

  /** Notifies the attachments that the occupancy has changed. */
  noteOccupancy(): void {
    for (const attachment of this.attachments) attachment.occupancyChanged();
  }

  /**
   * Calls back with every event, without being an attachment.
   *
   * @returns A function that stops the calls.
   */
  watch(watcher: (event: ChannelEvent) => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /** Records an event and passes it to all attachments. */
  emit(event: ChannelEvent): void {
    const lasting = lastingPart(event);
    if (lasting !== undefined) this.events.append(lasting);
    else this.events.pass(event.channelSerial);
    for (const watcher of this.#watchers) watcher(event);
    let delivered = 0;
    for (const attachment of [...this.attachments]) if (attachment.deliver(event)) delivered++;
    const { messages, size = 0 } = event;
    if (delivered === 0 || messages === undefined) return;
    const amounts = { count: delivered * messages.length, data: delivered * size };
    this.#sources.stats.messages("outbound", "realtime", amounts);
  }
}
