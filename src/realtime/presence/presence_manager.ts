import { ErrorCode } from "../../error_codes.ts";
import { ErrorInfo } from "../../errors.ts";
import {
  decodePresenceMessage,
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
import { Subscriptions } from "../channel/subscriptions.ts";
import { isSynthesized, leaveOf, PresenceMap } from "./presence_map.ts";

interface QueuedPresence {
  readonly send: () => void;
  readonly reject: (reason: ErrorInfo) => void;
}

/** The presence set of a channel behind its public face: members, syncs, re-entry and what waits to be sent. */
export class PresenceManager implements ChannelExtension {
  /** Who listens. */
  readonly subscriptions: Subscriptions<InboundPresenceMessage>;
  readonly #channel: ChannelManager;
  readonly #members = new PresenceMap(memberKeyOf);
  readonly #own = new PresenceMap(({ clientId }) => clientId); // RTP17h
  readonly #waiting = new Set<(error?: ErrorInfo) => void>();
  #queue: QueuedPresence[] = [];
  #sequence: string | undefined;
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
    if (this.#syncComplete) return Promise.resolve();
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
    const { codec, options } = channel.context;
    checkSize([message], channel.connection.maxMessageSize); // TP5
    const encoding = toWirePresenceMessage(message, {
      format: codec.format,
      cipher: channel.options.cipher,
    });
    if (channel.state === "attached") return await this.#submit(encoding); // RTP16a
    const { state } = channel;
    if ((state !== "initialized" && state !== "attaching") || !options.queueMessages) { // RTP16c, RTP8g
      throw channel.cannot(`${message.action} presence`);
    }
    const sent = new Promise<void>((resolve, reject) => { // RTP16b
      this.#queue.push({ send: () => this.#submit(encoding).then(resolve, reject), reject });
    });
    // RTP8d: a failure of the implicit attach is the failure of what is queued.
    if (state === "initialized") channel.attach().catch((error) => this.#failQueue(error));
    return await sent;
  }

  onAttached(message: ProtocolMessage, wasAttached: boolean): void {
    const flags = message.flags ?? 0;
    this.#sequence = undefined;
    if ((flags & Flag.HasPresence) !== 0) { // RTP1
      this.#syncComplete = false;
      this.#channel.inOrder(() => this.#members.startSync());
    } else this.#channel.inOrder(() => this.#nobodyThere());
    if (wasAttached && (flags & Flag.Resumed) !== 0) return;
    if (wasAttached) this.#reenter(); // RTP17i
    else this.#reentryDue = true;
  }

  onMessage(message: ProtocolMessage): void {
    const { cipher } = this.#channel.options;
    const { logger } = this.#channel.context;
    const context = {
      cipher,
      onError: (error: ErrorInfo) => logger.error(() => describeError(error)),
    };
    const decoded = (message.presence ?? []).map((wire, index) => {
      fillIn(wire, message, index);
      return decodePresenceMessage(wire, context);
    });
    const pending = decoded.some((item) => item instanceof Promise)
      ? Promise.all(decoded)
      : undefined;
    const sync = message.action === Action.Sync;
    let whole: readonly InboundPresenceMessage[] = decoded as InboundPresenceMessage[];
    const filled = pending?.then((items) => whole = items);
    this.#channel.inOrder(() => {
      if (sync) this.#applySync(message.channelSerial, whole);
      else for (const item of whole) this.#apply(item);
    }, filled);
  }

  onStateChange({ event, current, reason }: ChannelStateChange): void {
    if (event === "update") return;
    switch (current) {
      case "attached":
        this.#sendQueue(); // RTP5b
        if (this.#reentryDue) this.#reenter(); // RTP17i
        this.#reentryDue = false;
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

  async #submit(encoding: WirePresenceMessage | Promise<WirePresenceMessage>): Promise<void> {
    await this.#channel.submit(encoding, (wire) => ({ action: Action.Presence, presence: [wire] }));
  }

  #sendQueue(): void {
    const queue = this.#queue;
    this.#queue = [];
    for (const { send } of queue) send();
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

/** TP3a, TP3d, TP3g: what is missing from a presence message is that of its frame. */
function fillIn(wire: WirePresenceMessage, frame: ProtocolMessage, index: number): void {
  if (wire.id === undefined && frame.id !== undefined) wire.id = `${frame.id}:${index}`;
  if (wire.connectionId === undefined && frame.connectionId !== undefined) {
    wire.connectionId = frame.connectionId;
  }
  if (wire.timestamp === undefined && frame.timestamp !== undefined) {
    wire.timestamp = frame.timestamp;
  }
}

/** RTP18a: `<sync sequence id>:<cursor value>`. */
function splitSerial(
  channelSerial: string | undefined,
): [sequence: string | undefined, cursor: string] {
  if (channelSerial === undefined) return [undefined, ""];
  const colon = channelSerial.indexOf(":");
  return colon < 0
    ? [channelSerial, ""]
    : [channelSerial.slice(0, colon), channelSerial.slice(colon + 1)];
}
