import { channelErrors } from "../../client/channel_ref.ts";
import { decodePayloads } from "../../encoding/chain.ts";
import * as ErrorCode from "../../error_numbers.ts";
import { createError, type ErrorInfo } from "../../errors.ts";
import {
  completePresenceMessage,
  type InboundPresenceMessage,
  memberKeyOf,
  type PresenceMessage,
} from "../../messages/presence_message.ts";
import * as Action from "../../protocol/action_numbers.ts";
import * as Flag from "../../protocol/flag_bits.ts";
import type { ProtocolMessage } from "../../protocol/protocol_message.ts";
import { retryDelay } from "../../util/backoff.ts";
import { snapshotOf } from "../../util/copy.ts";
import { describeError } from "../../util/logger.ts";
import type { ChannelExtension } from "../channel/channel_extension.ts";
import type { ChannelManager } from "../channel/channel_manager.ts";
import type { ChannelStateChange } from "../channel/channel_state.ts";
import { fillIn } from "../channel/fill_in.ts";
import { PendingCalls } from "../channel/pending_calls.ts";
import { Subscriptions } from "../channel/subscriptions.ts";
import { RateLimit } from "../../util/rate_limit.ts";
import { Timers } from "../../util/timers.ts";
import { LastSent } from "./last_sent.ts";
import { isSynthesized, PresenceMap } from "./presence_map.ts";
import { type OutboxSink, PresenceOutbox } from "./presence_outbox.ts";

/** The frames that it handles. */
const ACTIONS: readonly number[] = [Action.Presence, Action.Sync];

/** The number of times that the service can make members enter again before RTB1 sets the delay. */
const REENTERING = { burst: 5, refill: 30_000 };

/** The data that a member sent; empty after it has left. */
export type PresenceData = Pick<PresenceMessage, "data" | "encoding">;

/** The presence of a channel: its members, syncs, and own members that must enter again. */
export class PresenceManager implements ChannelExtension, OutboxSink {
  readonly actions: readonly number[] = ACTIONS;
  /** The presence messages on their way to the service. */
  readonly outbox: PresenceOutbox;
  /** The listeners. */
  readonly subscriptions: Subscriptions<InboundPresenceMessage>;
  /** The latest data of members, on its way or acknowledged, which a leave without data repeats (RTP10a). */
  readonly lastData: LastSent<PresenceData> = new LastSent();
  readonly #channel: ChannelManager;
  readonly #members = new PresenceMap(memberKeyOf);
  readonly #own = new PresenceMap(clientIdOf); // RTP17h
  /** The calls that wait for the end of a sync. */
  readonly #waiting: PendingCalls<void> = new PendingCalls();
  /** The sync in progress, by its id (RTP18a). */
  #sequence: string | undefined;
  /** The number of ATTACHED frames. Each ends an earlier sync (RTP18a). */
  #attachments = 0;
  #reentryDue = false;
  readonly #reentering: RateLimit;
  readonly #timers: Timers<"reenter" | "sync">;
  readonly #onUndecodable: (error: unknown) => void;
  #syncComplete: boolean;

  /** @param hasNoMembers Whether the service has said since the channel was attached that it has no members. */
  constructor(channel: ChannelManager, hasNoMembers: boolean) {
    this.#channel = channel;
    this.#syncComplete = hasNoMembers;
    const { clock, logger } = channel.context.options;
    this.#reentering = new RateLimit(clock, REENTERING);
    this.#timers = new Timers(clock);
    this.outbox = new PresenceOutbox(channel, this);
    this.#onUndecodable = channelErrors(logger.of("presence"), channel.name);
    this.subscriptions = new Subscriptions(
      actionOf,
      (error) => channel.listenerFailed("A presence listener", error, "presence"),
    );
  }

  /** Whether a sync has ended since the channel was attached (RTP13). */
  get syncComplete(): boolean {
    return this.#syncComplete;
  }

  /** The members that are known so far. */
  get members(): InboundPresenceMessage[] {
    return this.#members.members;
  }

  /** The own member with a clientId, as the service confirmed it. */
  ownMember(clientId: string | null): InboundPresenceMessage | undefined {
    return this.#own.members.find((member) => member.clientId === clientId);
  }

  /** Resolves at the end of the sync; rejects if the channel is not attached, or no longer. */
  async synced(): Promise<void> {
    if (this.#syncComplete && !this.#members.isSyncing) return;
    if (!this.#channel.isListening) throw this.#channel.cannot("get presence");
    if (this.#waiting.size === 0) this.#expectMore();
    await this.#waiting.add();
  }

  onAttached(message: ProtocolMessage, wasAttached: boolean): void {
    const flags = message.flags ?? 0;
    const hasPresence = (flags & Flag.HasPresence) !== 0;
    this.#attachments++;
    if (hasPresence) this.#syncComplete = false; // RTP1
    this.#channel.deliverInOrder(() => {
      this.#sequence = undefined;
      this.#members.startSync();
      if (!hasPresence) this.#endSync(); // RTP19a: the service has no members.
    });
    if (wasAttached && (flags & Flag.Resumed) !== 0) return;
    this.#reentryDue = true; // RTP17i
    if (wasAttached) this.#flush();
  }

  onFrame(frame: ProtocolMessage): void {
    const wires = frame.presence ?? [];
    wires.forEach((wire, index) => fillIn(wire, frame, index));
    const items = wires.map(completePresenceMessage);
    const pending = decodePayloads(items, {
      cipher: this.#channel.options.cipher,
      onError: this.#onUndecodable,
    });
    const attachments = this.#attachments;
    this.#channel.deliverInOrder(() => {
      if (frame.action !== Action.Sync) { for (const item of items) this.#apply(item); }
      else if (attachments === this.#attachments) this.#applySync(frame.channelSerial, items);
    }, pending ?? undefined);
  }

  onStateChange({ event, current, reason }: ChannelStateChange): void {
    if (event === "update") return;
    this.#timers.stop("reenter");
    switch (current) {
      case "attached":
        this.#flush();
        return;
      case "initialized": // RTN11d
      case "detached":
      case "failed": // RTP5a
        this.#members.clear();
        this.#own.clear();
        this.lastData.clear();
        this.outbox.sent.clear();
        return this.#end(reason);
      case "suspended": // RTP5f
        return this.#end(reason);
    }
  }

  /** RTL11: fails the calls that wait for the channel. */
  #end(reason?: ErrorInfo): void {
    this.#syncComplete = false;
    const error = () => reason ??= this.#channel.cannot("use presence");
    this.outbox.fail(error);
    this.#settle(error);
  }

  /** Fails the calls that wait for a sync if no part of it arrives in time, because frames can be lost. */
  #expectMore(): void {
    const { realtimeRequestTimeout } = this.#channel.context.options;
    this.#timers.start("sync", realtimeRequestTimeout, () => {
      // Without a connection no frame can arrive; the next one brings another sync, or the channel is suspended.
      if (!this.#channel.isOnline) this.#expectMore();
      else this.#settle(() => syncTimedOut(this.#channel.name, realtimeRequestTimeout));
    });
  }

  /** @param error Makes the error of the calls that wait, if there are any. */
  #settle(error?: () => ErrorInfo): void {
    this.#timers.stop("sync");
    if (error) this.#waiting.reject(error);
    else this.#waiting.resolve();
  }

  #apply(message: InboundPresenceMessage): void {
    this.#applyToOwn(message);
    if (this.#members.apply(message)) this.subscriptions.deliver(message); // RTP2d1, RTP2h1a
  }

  /** RTP17b: updates the own members, as the service confirms them. */
  #applyToOwn(message: InboundPresenceMessage): void {
    if (message.connectionId !== this.#channel.connection.session?.id) return;
    if (message.action === "leave" && isSynthesized(message)) return;
    // A copy, because listeners may change the message, and the member must enter again unchanged.
    this.#own.apply({
      ...message,
      data: snapshotOf(message.data),
      extras: snapshotOf(message.extras),
    });
  }

  #applySync(channelSerial: string | undefined, items: readonly InboundPresenceMessage[]): void {
    const [sequence, cursor] = splitSerial(channelSerial);
    if (!this.#members.isSyncing || (this.#sequence !== undefined && this.#sequence !== sequence)) { // RTP18a
      this.#members.startSync();
    }
    this.#sequence = sequence;
    for (const item of items) this.#apply(item);
    if (cursor === "") this.#endSync(); // RTP18b, RTP18c
    else if (this.#waiting.size > 0) this.#expectMore();
  }

  #endSync(): void {
    this.#sequence = undefined;
    const { clock } = this.#channel.context.options;
    for (const leave of this.#members.endSync(clock.now())) this.subscriptions.deliver(leave); // RTP19
    this.#syncComplete = true;
    if (this.#waiting.size > 0) this.#channel.holdFrames();
    this.#settle();
  }

  #flush(): void {
    const isNow = this.#reentryDue && !this.#isReentryLate();
    this.outbox.flush(isNow ? this.#reentries() : []);
    if (isNow) this.#reentryDue = false;
  }

  /** RTP17i: members enter again at once, or later if attachments without continuity follow each other too fast. */
  #isReentryLate(): boolean {
    if (this.#timers.has("reenter")) return true;
    const excess = this.#own.members.length > 0 ? this.#reentering.note() : 0;
    if (excess === 0) return false;
    const { channelRetryTimeout, random } = this.#channel.context.options;
    const delay = retryDelay(channelRetryTimeout, excess, random);
    this.#timers.start("reenter", delay, () => this.#reenter());
    return true;
  }

  /** Re-enters delayed members now. The user's next operation must come after it, because it may remove one of them. */
  catchUp(): void {
    if (!this.#timers.has("reenter")) return;
    this.#timers.stop("reenter");
    this.#reenter();
  }

  #reenter(): void {
    if (!this.#channel.isOnline) return; // The members enter again after the next ATTACHED.
    this.outbox.flush(this.#reentries());
    this.#reentryDue = false;
  }

  onLate(): void {
    // In order, because events that came before the acknowledgement may still wait for a cipher.
    this.#channel.deliverInOrder(() => this.#reenterMissing());
  }

  /** Enters own members again that are not present, although the channel is attached. */
  #reenterMissing(): void {
    if (this.#channel.state !== "attached" || this.#timers.has("reenter")) return;
    const connectionId = this.#channel.connection.session?.id;
    const present = this.members.filter((member) => member.connectionId === connectionId);
    const missing = this.#reentries().filter(({ clientId }) =>
      !present.some((member) => member.clientId === clientId)
    );
    if (missing.length > 0) this.outbox.flush(missing);
  }

  /**
   * RTP17g: the own members, which the service may have lost. The events of the latest messages may not have arrived yet, so a
   * message that was sent counts more than an event. One that is still to be acknowledged makes no new member, because it is
   * resent.
   */
  #reentries(): PresenceMessage[] {
    const { connection, context: { credentials } } = this.#channel;
    const connectionId = connection.session?.id;
    const members = new Map<string, PresenceMessage>();
    for (const member of this.#own.members) {
      members.set(this.outbox.nameOf(member.clientId), member);
    }
    const { sent } = this.outbox;
    for (const name of sent.names) {
      const { value: message, isAccepted } = sent.of(name) ?? {};
      const member = members.get(name);
      const clientId = name || credentials.clientId || undefined;
      if (message?.action === "leave") members.delete(name);
      else if (message && (member || isAccepted)) {
        // The id is that of an earlier event: other clients would take this data for old.
        const id = isAccepted ? member?.id : undefined;
        members.set(name, { ...member, ...message, clientId, id });
      }
    }
    return Array.from(
      members.values(),
      ({ clientId, data, encoding, extras, id, connectionId: then }) => ({
        action: "enter",
        clientId,
        data,
        encoding,
        extras,
        ...(then === connectionId && { id }), // RTP17g1: the id of another connection is left out.
      }),
    );
  }

  onReentryFailed({ clientId }: PresenceMessage, cause: ErrorInfo): void {
    const reason = createError(
      ErrorCode.PresenceReentryFailed,
      `Failed to enter "${clientId}" again on channel "${this.#channel.name}"`,
      "Enter the member again; see `cause` for the reason.",
      { cause, statusCode: 400 },
    );
    this.#channel.context.options.logger.of("presence").warn(() => describeError(reason));
    if (this.#channel.state === "attached") this.#channel.announceUpdate(reason);
  }
}

/** The error of calls that wait for a sync which does not end. */
function syncTimedOut(name: string, timeout: number): ErrorInfo {
  return createError(
    ErrorCode.RequestTimeout,
    `The members of channel "${name}" were not complete within ${timeout} ms`,
    "Try again, get the members known so far with { waitForSync: false }, or raise realtimeRequestTimeout.",
    { statusCode: 504 },
  );
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

function clientIdOf({ clientId }: InboundPresenceMessage): string {
  return clientId;
}

function actionOf({ action }: InboundPresenceMessage): string {
  return action;
}
