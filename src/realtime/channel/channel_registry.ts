import type { AesCbcCipher } from "../../crypto/aes_cbc.ts";
import type { ErrorInfo } from "../../errors.ts";
import type { ProtocolMessage } from "../../protocol/protocol_message.ts";
import type { ChannelOptions } from "../../client/channel_options.ts";
import type { ConnectionManager } from "../connection/connection_manager.ts";
import type { ConnectionSink } from "../connection/connection_sink.ts";
import type { ChannelsEvent } from "../connection/connection_state.ts";
import type { ClientContext } from "../../client/context.ts";
import { ChannelManager } from "./channel_manager.ts";
import { resolveChannelOptions } from "./resolve_channel_options.ts";
import { ChannelCore } from "./channel_core.ts";

/** All channels of a client, and what the connection does to them (RTL3). */
export class ChannelRegistry implements ConnectionSink {
  readonly #context: ClientContext;
  readonly #entries = new Map<string, ChannelCore>();
  /** The channels that were released and that the service has not let go of yet. */
  readonly #leaving = new Map<string, Leaving>();
  #connection!: ConnectionManager;

  /** @param context What the channels share. */
  constructor(context: ClientContext) {
    this.#context = context;
  }

  /** All channels by name. */
  get entries(): ReadonlyMap<string, ChannelCore> {
    return this.#entries;
  }

  /** Takes the connection that carries the channels, and those channels that it recovers (RTN16j). */
  recover(connection: ConnectionManager): void {
    this.#connection = connection;
    for (const [name, serial] of Object.entries(connection.recoveredSerials)) {
      this.add(name, null).manager.channelSerial = serial;
    }
  }

  /** Adds a channel. */
  add(name: string, options: ChannelOptions | null | undefined): ChannelCore {
    const manager = new ChannelManager(name, {
      context: this.#context,
      connection: this.#connection,
      options: resolveChannelOptions(options, this.#context.options.random),
    });
    manager.isHeld = this.#leaving.has(name);
    const entry = new ChannelCore(manager);
    this.#entries.set(name, entry);
    return entry;
  }

  /**
   * Forgets a channel at once (RTS4a). What the service still has of it ends meanwhile, and a new channel of that name sends
   * nothing before that.
   *
   * @returns Resolves once the service has let go of it, or does not answer.
   */
  async release(name: string): Promise<void> {
    const entry = this.#entries.get(name);
    if (!entry) return await this.#leaving.get(name)?.left;
    this.#entries.delete(name);
    const { manager } = entry;
    const left = manager.release();
    // While another one is leaving, this one has not sent anything.
    if (!manager.isOver && !this.#leaving.has(name)) {
      this.#leaving.set(name, { manager, left: left.then(() => this.#onLeft(name)) });
    }
    await left;
  }

  /** The cipher of a channel, if the channel exists and has one. */
  cipherOf(name: string): AesCbcCipher | null {
    return this.#entries.get(name)?.manager.options.cipher ?? null;
  }

  onConnection(event: ChannelsEvent, reason?: ErrorInfo): void {
    for (const { manager } of [...this.#leaving.values(), ...this.#entries.values()]) {
      if (event !== "connected" || !manager.isHeld) manager.onConnection(event, reason);
    }
  }

  onFrame(message: ProtocolMessage): void {
    const name = message.channel!;
    (this.#leaving.get(name) ?? this.#entries.get(name))?.manager.onMessage(message);
  }

  #onLeft(name: string): void {
    this.#leaving.delete(name);
    const manager = this.#entries.get(name)?.manager;
    if (!manager?.isHeld) return;
    manager.isHeld = false;
    if (manager.isOnline) manager.onConnection("connected"); // It has waited as for a connection (RTL4i).
  }

  onLoss(reason: ErrorInfo): void {
    for (const { manager } of [...this.#entries.values()]) manager.onLoss(reason);
  }

  onMoved(): void {
    for (const { manager } of this.#entries.values()) manager.onMoved();
  }

  channelSerials(): Record<string, string> {
    return Object.fromEntries(
      [...this.#entries].flatMap(([name, { manager: { state, channelSerial } }]) =>
        state === "attached" && channelSerial !== null ? [[name, channelSerial]] : []
      ),
    );
  }
}

/** A channel that was released while it was attached or about to be. */
export interface Leaving {
  readonly manager: ChannelManager;
  /** Resolves once the service has let go of it. */
  readonly left: Promise<void>;
}
