import { decodePayloads } from "../../encoding/chain.ts";
import { ErrorCode } from "../../error_codes.ts";
import { ErrorInfo } from "../../errors.ts";
import {
  completePresenceMessage,
  type InboundPresenceMessage,
  memberKeyOf,
  type PresenceMessage,
  type WirePresenceMessage,
} from "../../messages/presence_message.ts";
import { Action, Flag } from "../../protocol/actions.ts";
import type { ProtocolMessage } from "../../protocol/protocol_message.ts";
import { toWirePresenceMessage } from "../../protocol/wire_presence_message.ts";
import { checkSize } from "../../rest/publish.ts";
import { describeError } from "../../util/logger.ts";
import type { ChannelExtension } from "../channel/channel_extension.ts";
import type { ChannelManager } from "../channel/channel_manager.ts";
import type { ChannelStateChange } from "../channel/channel_state.ts";
import { fillIn } from "../channel/fill_in.ts";
import { Subscriptions } from "../channel/subscriptions.ts";
import type { Serials } from "../connection/pending_messages.ts";
import { isSynthesized, leaveOf, PresenceMap } from "./presence_map.ts";

/** What waits for the channel to be attached (RTP16b). */
interface Queued {
  readonly wire: WirePresenceMessage;
  readonly resolve: (sent: Promise<Serials>) => void;
  readonly reject: (reason: ErrorInfo) => void;
}

/** The presence set of a channel behind its public face: members, syncs, re-entry and what waits to be sent. */
export class PresenceManager implements ChannelExtension {
  /** Who listens. */
  readonly subscriptions: Subscriptions<InboundPresenceMessage>;
  readonly #channel: ChannelManager;
  readonly #members = new PresenceMap(memberKeyOf);
  readonly #own = new PresenceMap(({ clientId }) => clientId); // RTP17h
  /** Who waits for the members to be known. */
  readonly #waiting = new Set<(error?: ErrorInfo) => void>();
  #queue: Queued[] = [];
  /** The sync in progress, by its id (RTP18a). */
  #sequence: string | undefined;
  /** Counts the ATTACHED messages: a sync from before the last one is over (RTP18a). */
  #attachments = 0;
  #reentryDue = false;
  #syncComplete = false;

  constructor(channel: ChannelManager) {
    this.#channel = channel;
    this.subscriptions = new Subscriptions(({ action }) => action, (error) => {
      channel.context.logger.error(() =>
        `A presence listener of channel "${channel.name}" failed: ${describeError(error)}`
      );
    });
    channel.extensions.set(Action.Presence, this);
    channel.extensions.set(Action.Sync, this);
  }

  /** Whether the members are known since the channel was attached (RTP13). */
  get syncComplete(): boolean {
    return this.#syncComplete;
  }

  /** The members known now. */
  get members(): InboundPresenceMessage[] {
    return this.#members.members;
  }

  /** Resolves once the members are known; fails if the channel ceases to be attached before. */
  synced(): Promise<void> {
    if (this.#syncComplete && !this.#members.isSyncing) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#waiting.add((error) => error ? reject(error) : resolve());
    });
  }

  /**
   * Sends a presence message, now or once the channel is attached (RTP16).
   *
   * @throws {ErrorInfo} If the channel, the connection or the service does not let it.
   */
  async send(message: PresenceMessage): Promise<void> {
    const channel = this.#channel;
    checkSize([message], channel.connection.maxMessageSize); // TP5
    this.#checkSendable(message);
    const wire = toWirePresenceMessage(message, {
      format: channel.context.codec.format,
      cipher: channel.options.cipher,
    });
    await channel.inTurn<WirePresenceMessage, Serials>(wire, (wire) => {
      this.#checkSendable(message); // Encrypting took time.
      return this.#mustWait ? this.#enqueue(wire) : this.#submit(wire);
    });
  }

  onAttached(message: ProtocolMessage, wasAttached: boolean): void {
    const flags = message.flags ?? 0;
    this.#attachments++;
    if ((flags & Flag.HasPresence) !== 0) { // RTP1
      this.#syncComplete = false;
      this.#channel.inOrder(() => {
        this.#sequence = undefined;
        this.#members.startSync();
      });
    } else this.#channel.inOrder(() => this.#nobodyThere());
    if (wasAttached && (flags & Flag.Resumed) !== 0) return;
    if (wasAttached) this.#reenter(); // RTP17i
    else this.#reentryDue = true;
  }

  onMessage(frame: ProtocolMessage): void {
    const wires = frame.presence ?? [];
    wires.forEach((wire, index) => fillIn(wire, frame, index));
    const items = wires.map(completePresenceMessage);
    const pending = decodePayloads(items, {
      cipher: this.#channel.options.cipher,
      onError: (error) => this.#channel.context.logger.error(() => describeError(error)),
    });
    const attachment = this.#attachments;
    this.#channel.inOrder(() => {
      if (frame.action !== Action.Sync) { for (const item of items) this.#apply(item); }
      else if (attachment === this.#attachments) this.#applySync(frame.channelSerial, items);
    }, pending ?? undefined);
  }

  onStateChange({ event, current, reason }: ChannelStateChange): void {
    if (event === "update") return;
    switch (current) {
      case "attached":
        // Entering again comes first: what is queued may change the member, or have it leave.
        if (this.#reentryDue) this.#reenter(); // RTP17i
        this.#reentryDue = false;
        this.#sendQueue(); // RTP5b
        return;
      case "detached":
      case "failed": // RTP5a
        this.#members.clear();
        this.#own.clear();
        this.#end(reason ?? this.#channel.cannot("use presence"));
        return;
      case "suspended": // RTP5f
        this.#end(reason ?? this.#channel.cannot("use presence"));
        return;
      case "initialized":
        this.#members.clear();
        this.#own.clear();
        return;
    }
  }

  /** RTL11: what waits for the channel cannot be had any more. */
  #end(reason: ErrorInfo): void {
    this.#syncComplete = false;
    this.#failQueue(reason);
    for (const settle of this.#waiting) settle(reason);
    this.#waiting.clear();
  }

  /** RTP16c, RTP8g */
  #checkSendable({ action }: PresenceMessage): void {
    const { state, context: { options } } = this.#channel;
    const mayQueue = state === "initialized" || state === "attaching";
    if (state === "attached" || mayQueue && options.queueMessages) return;
    throw this.#channel.cannot(`${action} presence`);
  }

  /**
   * RTP16b. Without a connection it waits here too, not in the queue of the connection, because that one is sent before the
   * channel is attached again (RTL3d2).
   */
  get #mustWait(): boolean {
    const { state, connection, context: { options } } = this.#channel;
    if (state !== "attached") return true;
    const { name } = connection.status;
    return options.queueMessages && (name === "connecting" || name === "disconnected");
  }

  #submit(wire: WirePresenceMessage): Promise<Serials> {
    return this.#channel.submit({ action: Action.Presence, presence: [wire] });
  }

  #enqueue(wire: WirePresenceMessage): Promise<Serials> {
    const channel = this.#channel;
    const sent = new Promise<Serials>((resolve, reject) => {
      this.#queue.push({ wire, resolve, reject });
    });
    if (channel.state === "initialized") { // RTP8d
      channel.attach().catch((error) => {
        // Any other failure comes with a change of state, which fails what is queued.
        if (channel.state === "initialized") this.#failQueue(error);
      });
    }
    return sent;
  }

  #sendQueue(): void {
    const queue = this.#queue;
    this.#queue = [];
    for (const { wire, resolve } of queue) {
      resolve(this.#channel.inTurn(wire, (wire) => this.#submit(wire)));
    }
  }

  #failQueue(reason: ErrorInfo): void {
    const queue = this.#queue;
    this.#queue = [];
    for (const { reject } of queue) reject(reason);
  }

  #apply(message: InboundPresenceMessage): void {
    this.#applyToOwn(message);
    if (this.#members.apply(message)) this.subscriptions.deliver(message); // RTP2d1, RTP2h1a
  }

  /** RTP17b: members of this connection, as the service confirms them. */
  #applyToOwn(message: InboundPresenceMessage): void {
    if (message.connectionId !== this.#channel.connection.session?.id) return;
    if (message.action === "leave" && isSynthesized(message)) return;
    this.#own.apply(message);
  }

  #applySync(channelSerial: string | undefined, items: readonly InboundPresenceMessage[]): void {
    const [sequence, cursor] = splitSerial(channelSerial);
    if (!this.#members.isSyncing || (this.#sequence !== undefined && this.#sequence !== sequence)) { // RTP18a
      this.#members.startSync();
    }
    this.#sequence = sequence;
    for (const item of items) this.#apply(item);
    if (cursor === "") this.#endSync(); // RTP18b, RTP18c
  }

  #endSync(): void {
    this.#sequence = undefined;
    for (const leave of this.#members.endSync(this.#now())) this.subscriptions.deliver(leave); // RTP19
    this.#complete();
  }

  /** RTP19a: the service says that there are no members. */
  #nobodyThere(): void {
    const { members } = this.#members;
    this.#members.clear();
    for (const member of members) this.subscriptions.deliver(leaveOf(member, this.#now()));
    this.#complete();
  }

  #complete(): void {
    this.#syncComplete = true;
    for (const settle of this.#waiting) settle();
    this.#waiting.clear();
  }

  /** RTP17g: enters again whom the service may have forgotten. */
  #reenter(): void {
    const connectionId = this.#channel.connection.session?.id;
    for (const { clientId, data, extras, id, connectionId: then } of this.#own.members) {
      const entry: PresenceMessage = { action: "enter", clientId, data, extras };
      if (then === connectionId) entry.id = id; // RTP17g1
      this.send(entry).catch((cause) => this.#reentryFailed(clientId, cause));
    }
  }

  /** RTP17e */
  #reentryFailed(clientId: string, cause: ErrorInfo): void {
    const reason = new ErrorInfo({
      message: `Failed to enter "${clientId}" again on channel "${this.#channel.name}"`,
      code: ErrorCode.PresenceReentryFailed,
      statusCode: 400,
      remediation: "Enter the member again; see `cause` for why the service refused.",
      cause,
    });
    this.#channel.context.logger.warn(() => describeError(reason));
    this.#channel.announceUpdate(reason);
  }

  #now(): number {
    return this.#channel.context.options.clock.now();
  }
}

/** RTP18a: `<sync sequence id>:<cursor value>`. */
function splitSerial(
  channelSerial: string | null | undefined,
): [sequence: string | undefined, cursor: string] {
  if (channelSerial == null) return [undefined, ""];
  const colon = channelSerial.indexOf(":");
  return colon < 0
    ? [channelSerial, ""]
    : [channelSerial.slice(0, colon), channelSerial.slice(colon + 1)];
}
