import type { AesCbcCipher } from "../crypto/aes_cbc.ts";
import type { ClientContext } from "../client/context.ts";
import { ClientBase } from "../operations/client_base.ts";
import type { RealtimeChannels } from "./channel/realtime_channels.ts";
import { type Connection, open } from "./connection/connection.ts";

/** The parts of a realtime client. */
export interface RealtimeParts {
  /** The state that the operations of the client share. */
  context: ClientContext;
  /** The connection. */
  connection: Connection;
  /** The channels. */
  channels: RealtimeChannels;
  /** Finds the cipher of a channel, if the channel exists and has one. */
  cipherOf: (name: string) => AesCbcCipher | null;
}

/** The members of a realtime client, except for its constructor (RTC1). */
export class RealtimeClient extends ClientBase<RealtimeChannels> {
  /** The connection (RTC2). */
  readonly connection: Connection;

  /** Made by the clients. */
  constructor({ context, connection, ...rest }: RealtimeParts) {
    super(context, { ...rest, name: "Realtime" });
    this.connection = connection;
  }

  /** The client's identity (RTC17a). */
  get clientId(): string | undefined {
    return this.auth.clientId;
  }

  /**
   * Connects; if the client waits before a retry, it connects at once (RTC15a). If the promise is not awaited, a rejection is
   * not reported as unhandled: use the events of the connection instead.
   *
   * @param options A signal that ends the wait, but not the attempt to connect.
   * @returns A promise that resolves when the client is connected. While the connection is `disconnected`, the promise waits
   * for the next attempt. It rejects with the reason when the connection becomes `suspended`, usually after two minutes,
   * `closed` or `failed`.
   * @throws {ErrorInfo} 40000 on Cloudflare Workers if neither a request nor a Durable Object is being served.
   */
  connect(options?: { signal?: AbortSignal | null } | null): Promise<void> {
    const opened = this.connection[open](options);
    opened.catch(() => {}); // Programs written for `ably` do not expect a promise.
    return opened;
  }

  /**
   * Closes the connection (RTC16a). Messages without an ACK fail, and so do running calls of `auth.authorize()`.
   *
   * @param options A signal that ends the wait, but not the closing.
   * @returns A promise that resolves when the connection is closed.
   */
  override close(options?: { signal?: AbortSignal | null } | null): Promise<void> {
    return this.connection.close(options);
  }
}
