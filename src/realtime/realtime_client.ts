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

/** The members of a realtime client, apart from its constructor (RTC1). */
export class RealtimeClient extends ClientBase<RealtimeChannels> {
  /** The connection (RTC2). */
  readonly connection: Connection;

  /** Made by the clients. */
  constructor({ context, connection, ...rest }: RealtimeParts) {
    super(context, rest);
    this.connection = connection;
  }

  /** The client's identity (RTC17a). */
  get clientId(): string | null {
    return this.auth.clientId;
  }

  /**
   * Connects, at once if the client was waiting to try again (RTC15a). Nothing is reported as unhandled if the promise is not
   * awaited: listen to the events of the connection instead.
   *
   * @param options A signal to stop waiting; the client connects all the same.
   * @returns A promise that resolves once connected. As long as the connection is `disconnected` it waits for the next try; it
   * rejects with the reason when the connection becomes `suspended`, which is after about two minutes, `closed` or `failed`.
   * @throws {ErrorInfo} 40000 on Cloudflare Workers when neither a request nor a Durable Object is being served.
   */
  connect(options?: { signal?: AbortSignal | null } | null): Promise<void> {
    const opened = this.connection[open](options);
    opened.catch(() => {}); // Programs written for `ably` do not expect a promise.
    return opened;
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
