import type { AesCbcCipher } from "../crypto/aes_cbc.ts";
import type { ClientContext } from "../rest/context.ts";
import { RestClient } from "../rest/rest_client.ts";
import type { RealtimeChannels } from "./channel/realtime_channels.ts";
import type { Connection } from "./connection/connection.ts";

/** What a realtime client consists of. */
export interface RealtimeParts {
  /** What the operations of the client share. */
  context: ClientContext;
  /** The connection. */
  connection: Connection;
  /** The channels. */
  channels: RealtimeChannels;
  /** Finds the cipher of a channel, if the channel exists and has one. */
  cipherOf: (name: string) => AesCbcCipher | null;
}

/** What a realtime client can do, but for being made (RTC1). */
export class RealtimeClient extends RestClient<RealtimeChannels> {
  /** The connection (RTC2). */
  readonly connection: Connection;

  /** Made by the clients. */
  constructor({ context, connection, ...rest }: RealtimeParts) {
    super(context, rest);
    this.connection = connection;
  }

  /** Whom the client is known to be (RTC17a). */
  get clientId(): string | null {
    return this.auth.clientId;
  }

  /**
   * Connects (RTC15a).
   *
   * @throws {ErrorInfo} 40000 on Cloudflare Workers when neither a request nor a Durable Object is being served.
   */
  connect(): void {
    this.connection.connect();
  }

  /**
   * Closes the connection (RTC16a). Messages still without an answer fail, and so do calls of `auth.authorize()` that are
   * under way.
   *
   * @param options A signal to stop waiting; the connection is closed all the same.
   * @returns A promise that resolves once the connection is closed.
   */
  override close(options?: { signal?: AbortSignal | null } | null): Promise<void> {
    return this.connection.close(options);
  }
}
