import type { AesCbcCipher } from "../../crypto/aes_cbc.ts";
import type { ErrorInfo } from "../../errors.ts";
import type { ProtocolMessage } from "../../protocol/protocol_message.ts";
import type { ChannelOptions } from "../../client/channel_options.ts";
import type { ConnectionManager } from "../connection/connection_manager.ts";
import type { ConnectionSink } from "../connection/connection_sink.ts";
import type { ChannelsEvent } from "../connection/connection_state.ts";
import type { ClientContext } from "../../client/context.ts";
import type { ChannelManager } from "./channel_manager.ts";
import { resolveChannelOptions } from "./resolve_channel_options.ts";
import { ChannelCore } from "./channel_core.ts";

/** All channels of a client, and the effects of the connection on them (RTL3). */
export class ChannelRegistry implements ConnectionSink {
  readonly #context: ClientContext;
  readonly #entries = new Map<string, ChannelCore>();
  /** The channels that were released and that the service still has. */
  readonly #releasing = new Map<string, Releasing>();
  /** The connection that carries the channels. */
  readonly connection: ConnectionManager;

  /**
   * @param context The state that the operations of the client share.
   * @param connect Makes the connection; its argument receives the events and the frames for the channels.
   */
  constructor(context: ClientContext, connect: (sink: ConnectionSink) => ConnectionManager) {
    this.#context = context;
    this.connection = connect(this);
  }

  /** All channels by name. */
  get entries(): ReadonlyMap<string, ChannelCore> {
    return this.#entries;
  }

  /** Adds the channels of an earlier client at the positions that it had reached (RTN16j). */
  restore(serials: Readonly<Record<string, string>>): void {
    for (const [name, serial] of Object.entries(serials)) {
      this.add(name, null).manager.position.reset(serial);
    }
  }

  /** Adds a channel. */
  add(name: string, options: ChannelOptions | null | undefined): ChannelCore {
    const entry = new ChannelCore(name, {
      context: this.#context,
      connection: this.connection,
      options: resolveChannelOptions(options, this.#context.options),
    });
    entry.manager.awaitsRelease = this.#releasing.has(name);
    this.#entries.set(name, entry);
    return entry;
  }

  /**
   * Forgets a channel at once (RTS4a). The service detaches it meanwhile, and a new channel of that name sends nothing
   * before that.
   *
   * @returns Resolves once the service has detached it, or does not answer.
   */
  release(name: string): Promise<void> {
    const entry = this.#entries.get(name);
    if (!entry) return this.#releasing.get(name)?.released ?? Promise.resolve();
    this.#entries.delete(name);
    const { manager } = entry;
    const released = manager.release();
    // While another one is being released, this one has not sent anything.
    if (!manager.isOver && !this.#releasing.has(name)) {
      this.#releasing.set(name, { manager, released: released.then(() => this.#onReleased(name)) });
    }
    return released;
  }

  /** The cipher of a channel, if the channel exists and has one. */
  cipherOf(name: string): AesCbcCipher | null {
    return this.#entries.get(name)?.manager.options.cipher ?? null;
  }

  onConnection(event: ChannelsEvent, reason?: ErrorInfo): void {
    for (const { manager } of [...this.#releasing.values(), ...this.#entries.values()]) {
      if (event !== "connected" || !manager.awaitsRelease) manager.onConnection(event, reason);
    }
  }

  onFrame(frame: ProtocolMessage): void {
    const name = frame.channel!;
    (this.#releasing.get(name) ?? this.#entries.get(name))?.manager.onFrame(frame);
  }

  #onReleased(name: string): void {
    this.#releasing.delete(name);
    const manager = this.#entries.get(name)?.manager;
    if (!manager?.awaitsRelease) return;
    manager.awaitsRelease = false;
    if (manager.isOnline) manager.onConnection("connected"); // It has waited as it does without a connection (RTL4i).
  }

  onLoss(reason: ErrorInfo): void {
    for (const { manager } of [...this.#entries.values()]) manager.onLoss(reason);
  }

  onMoved(): void {
    for (const { manager } of this.#entries.values()) manager.onMoved();
  }

  channelSerials(): Record<string, string> {
    return Object.fromEntries(
      [...this.#entries].flatMap(([name, { manager: { state, position } }]) =>
        state === "attached" && position.delivered !== null ? [[name, position.delivered]] : []
      ),
    );
  }
}

/** A channel that was released while it was attached or about to be. */
export interface Releasing {
  readonly manager: ChannelManager;
  /** Resolves once the service has detached it, or does not answer. */
  readonly released: Promise<void>;
}
