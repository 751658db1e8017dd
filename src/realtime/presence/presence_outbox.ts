import type { ErrorInfo } from "../../errors.ts";
import type { PresenceMessage, WirePresenceMessage } from "../../messages/presence_message.ts";
import * as Action from "../../protocol/action_numbers.ts";
import { toWirePresenceMessage } from "../../protocol/to_wire_presence_message.ts";
import { snapshotOf } from "../../util/copy.ts";
import { checkPublishSize } from "../../operations/publish.ts";
import type { ChannelManager } from "../channel/channel_manager.ts";
import { LastSent } from "./last_sent.ts";
import { isReturning } from "../connection/is_returning.ts";
import type { Serials } from "../connection/outbox.ts";

const DONE = Promise.resolve();

/** A message that waits for the channel to be attached (RTP16b). */
interface Queued {
  readonly message: PresenceMessage;
  readonly wire: WirePresenceMessage;
  readonly resolve: (sent: Promise<Serials>) => void;
  readonly reject: (reason: ErrorInfo) => void;
}

/** Receives the outcomes that no caller waits for. */
export interface OutboxSink {
  /**
   * The service has acknowledged a message that was sent before the channel was attached the last time. It may have handled it over
   * a connection that is lost, and removed the member since.
   */
  onLate(): void;
  /** A member could not enter again (RTP17e). */
  onReentryFailed(message: PresenceMessage, cause: ErrorInfo): void;
}

/**
 * Presence messages on their way to the service, in the order of the calls. Some wait until the channel is attached (RTP16).
 */
export class PresenceOutbox {
  /** The last message of each member, by the name that {@linkcode nameOf} gives it. */
  readonly sent: LastSent<PresenceMessage> = new LastSent();
  readonly #channel: ChannelManager;
  readonly #sink: OutboxSink;
  /** The number of times that the channel was attached. */
  #attachments = 0;
  #queue: Queued[] = [];
  /** True while queued messages wait only for the re-entries that must be sent before them. */
  #isFlushDue = false;

  constructor(channel: ChannelManager, sink: OutboxSink) {
    this.#channel = channel;
    this.#sink = sink;
  }

  /**
   * Sends a presence message, now or once the channel is attached.
   *
   * @throws {ErrorInfo} If the state of the channel or connection does not permit it, or the service refuses it.
   */
  async send(message: PresenceMessage): Promise<void> {
    checkPublishSize([message], this.#channel.context.limits.maxMessageSize); // TP5
    this.#checkSendable(message);
    const wire = this.#encode(message);
    const own = { ...message, data: snapshotOf(message.data) };
    // Before the cipher has worked: a detach() after this call decides.
    if (this.#channel.state === "initialized" || this.#channel.willDetach) this.#attach(); // RTP8d, RTP15e
    await this.#channel.sendInOrder<WirePresenceMessage, Serials>(wire, (wire) => {
      this.#checkSendable(message); // The state may have changed during encryption.
      return this.#mustWait ? this.#enqueue(wire, own) : this.#submitOwn(wire, own);
    });
  }

  /** The name of a member. This client is one member, whether it enters as itself or by its clientId (RTP17h). */
  nameOf(clientId: string | null | undefined): string {
    return clientId === this.#channel.context.credentials.clientId ? "" : clientId ?? "";
  }

  /**
   * Sends the queued messages after the channel was attached (RTP5b).
   *
   * @param reentries The members that enter again. They come first, because a queued message may update or remove such a
   * member.
   */
  flush(reentries: readonly PresenceMessage[]): void {
    const ready = reentries.map((message) => this.#encodeAgain(message));
    const payload = ready.some((wire) => wire instanceof Promise)
      ? Promise.all(ready)
      : ready as (WirePresenceMessage | undefined)[];
    this.#isFlushDue = true;
    this.#attachments++;
    void this.#channel.sendInOrder<(WirePresenceMessage | undefined)[], void>(
      payload,
      (wires) => {
        // Wait for the next ATTACHED.
        if (this.#channel.state !== "attached" || !this.#channel.isOnline) return DONE;
        this.#isFlushDue = false;
        wires.forEach((wire, index) => {
          if (wire) this.#submit(wire).catch(this.#failing(reentries[index]!));
        });
        for (const { wire, message, resolve } of this.#takeQueue()) {
          resolve(this.#submitOwn(wire, message));
        }
        return DONE;
      },
    );
  }

  /** Fails the queued messages (RTL11). */
  fail(reason: () => ErrorInfo): void {
    this.#isFlushDue = false;
    for (const { reject } of this.#takeQueue()) reject(reason());
  }

  #takeQueue(): Queued[] {
    const queue = this.#queue;
    this.#queue = [];
    return queue;
  }

  /** RTP16c, RTP8g, RTP15e */
  #checkSendable({ action }: PresenceMessage): void {
    const { state, context: { options } } = this.#channel;
    const mayQueue = state === "initialized" || state === "attaching";
    if (this.#channel.isReleased) throw this.#channel.cannot(`${action} presence`);
    if (state === "attached" || mayQueue && options.queueMessages) return;
    throw this.#channel.cannot(`${action} presence`);
  }

  /**
   * RTP16b. Without a connection, messages wait here, and not in the connection's queue, because that one is sent before the
   * channel is attached again (RTL3d2).
   */
  get #mustWait(): boolean {
    const { state, connection, context: { options } } = this.#channel;
    if (state !== "attached") return true;
    const { name } = connection.status;
    if (isReturning(name)) return options.queueMessages;
    return this.#isFlushDue;
  }

  #encode(message: PresenceMessage): WirePresenceMessage | Promise<WirePresenceMessage> {
    const { connection: { codec }, options: { cipher } } = this.#channel;
    return toWirePresenceMessage(message, { format: codec.format, cipher }); // RTP8e, RTP14c
  }

  /** A member that cannot be encoded is reported and skipped; the others still re-enter. */
  #encodeAgain(
    message: PresenceMessage,
  ): WirePresenceMessage | Promise<WirePresenceMessage | undefined> {
    const fail = this.#failing(message);
    try {
      const wire = this.#encode(message);
      return wire instanceof Promise ? wire.catch(fail) : wire;
    } catch (cause) {
      return Promise.reject(cause).catch(fail);
    }
  }

  #failing(message: PresenceMessage): (cause: ErrorInfo) => undefined {
    return (cause) => void this.#sink.onReentryFailed(message, cause);
  }

  async #submitOwn(wire: WirePresenceMessage, message: PresenceMessage): Promise<Serials> {
    const name = this.nameOf(message.clientId);
    const attachments = this.#attachments;
    const serials = await this.sent.during(name, message, this.#submit(wire));
    if (attachments !== this.#attachments) this.#sink.onLate();
    return serials;
  }

  #submit(wire: WirePresenceMessage): Promise<Serials> {
    return this.#channel.submit({ action: Action.Presence, presence: [wire] }); // RTP16a
  }

  #enqueue(wire: WirePresenceMessage, message: PresenceMessage): Promise<Serials> {
    const channel = this.#channel;
    const sent = new Promise<Serials>((resolve, reject) => {
      this.#queue.push({ message, wire, resolve, reject });
    });
    if (channel.state === "initialized") this.#attach(); // It failed before, or the connection was opened anew.
    return sent;
  }

  #attach(): void {
    const channel = this.#channel;
    channel.attach().catch((error) => {
      // Other failures change the state of the channel, and that fails the queued messages.
      if (channel.state === "initialized") this.fail(() => error);
    });
  }
}
