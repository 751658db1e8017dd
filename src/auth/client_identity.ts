import type { TokenDetails } from "../token/token_details.ts";
import { incompatibleCredentials } from "./auth_errors.ts";

/**
 * The identity of a client: the clientId in its options, or else that of its token or of its connection (RSA7b). A token for
 * another clientId than that in the options is refused (RSA15).
 */
export class ClientIdentity {
  readonly #configured: string | null;
  #current: string | null;

  /** @param configured The clientId in the options, if there is one (RSC17). */
  constructor(configured: string | null) {
    this.#configured = this.#current = configured;
  }

  /** A clientId, `"*"` for any, or null if the client is anonymous or its identity not yet known (RSA7b, RSA12). */
  get clientId(): string | null {
    return this.#current;
  }

  /**
   * Checks that a token for a clientId fits this client (RSA15a, RSA15b).
   *
   * @throws {ErrorInfo} 40102 if it does not.
   */
  check(clientId: string | null | undefined): void {
    const own = this.#configured;
    if (own === null || clientId == null || clientId === "*" || clientId === own) return;
    throw incompatibleCredentials(
      `The token is for clientId "${clientId}", the client acts as "${own}"`,
      "Issue the token for the clientId of the client options, or leave that out.",
    );
  }

  /** Adopts a clientId from the service or from a token. One in the options has priority (RSA7b1). */
  learn(clientId: string | null): void {
    this.#current = this.#configured ?? clientId;
  }

  /** Adopts the clientId of a token. */
  learnFrom(details: TokenDetails): void {
    // If only the token string is known, its clientId is unknown; token details contain the clientId if there is one (TD6).
    if (Object.keys(details).length <= 1) return;
    const { clientId } = details;
    // A server may have sent a value of any type.
    this.learn(typeof clientId === "string" ? clientId : null);
  }
}
