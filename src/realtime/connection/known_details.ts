import type { ClientContext } from "../../client/context.ts";
import type { ConnectionDetails } from "../../protocol/protocol_message.ts";
import { withoutNulls } from "../../util/copy.ts";

/** The details of the connection that the service sent last (RTN21), and the limits of messages that follow from them. */
export class KnownDetails {
  readonly #context: ClientContext;
  #current: ConnectionDetails = {};

  constructor(context: ClientContext) {
    this.#context = context;
  }

  /** The details. */
  get current(): Readonly<ConnectionDetails> {
    return this.#current;
  }

  /**
   * Adopts the details of a CONNECTED, if it has any (RTC4a).
   *
   * @param isUpdate Whether to keep the details that the frame does not have (RTN24).
   * @throws {ErrorInfo} 40102 if the clientId is not that of the client (RSA15c).
   */
  adopt(details: Partial<ConnectionDetails> | null | undefined, isUpdate: boolean): void {
    if (details == null) return;
    this.#use({ ...(isUpdate && this.#current), ...withoutNulls(details) });
    this.#context.credentials.confirmClientId(this.#current.clientId); // CD2a
  }

  /** Forgets the details. */
  clear(): void {
    this.#use({});
  }

  #use(details: ConnectionDetails): void {
    const { limits, options } = this.#context;
    this.#current = details;
    limits.maxMessageSize = details.maxMessageSize ?? options.maxMessageSize; // CD2c
    limits.maxFrameSize = details.maxFrameSize ?? options.maxFrameSize; // CD2d
  }
}
