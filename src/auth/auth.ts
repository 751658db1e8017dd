import type { BatchResult } from "../http/batch_result.ts";
import type { HttpSender } from "../http/http_message.ts";
import type { TokenDetails } from "../token/token_details.ts";
import type { TokenParams, TokenRequest } from "../token/token_request.ts";
import type { AuthOptions } from "./auth_options.ts";
import type { Credentials } from "./credentials.ts";
import {
  revokeTokens,
  type TokenRevocationOptions,
  type TokenRevocationResult,
  type TokenRevocationTargetSpecifier,
} from "./token_revocation.ts";
import { callbackRefused } from "../util/callbacks.ts";
import { inspect, shownAs } from "../util/inspect.ts";

/**
 * The authentication of a client, and issuing of tokens (RSA). Available as `client.auth`.
 *
 * @example A token request for another client
 * ```ts
 * import { Rest } from "@ably-edge/sdk/rest";
 *
 * const client = new Rest({ key: "appId.keyId:secret" });
 * const request = await client.auth.createTokenRequest({ clientId: "jim" });
 * console.log(JSON.stringify(request));
 * ```
 */
export class Auth {
  readonly #credentials: Credentials;
  readonly #http: HttpSender;

  /**
   * Made by the clients.
   *
   * @param credentials The client's credentials.
   * @param http Sends requests with these credentials.
   */
  constructor(credentials: Credentials, http: HttpSender) {
    this.#credentials = credentials;
    this.#http = http;
  }

  /**
   * The client's identity: a clientId, `"*"` if it may act as any clientId, or undefined if it is anonymous or not yet known,
   * because there has been no token and no connection (RSA7b, RSA12b).
   */
  get clientId(): string | undefined {
    return this.#credentials.clientId ?? undefined;
  }

  /** The form in which a console shows it. */
  [inspect](...given: unknown[]): unknown {
    return shownAs("Auth", { clientId: this.clientId }, given);
  }

  /**
   * The token in use; null if there is none, or the client uses a key (RSA16a). If the token was given as a string, only
   * `token` is set.
   */
  get tokenDetails(): TokenDetails | null {
    return this.#credentials.tokenDetails;
  }

  /**
   * Gets a new token at once, and uses tokens from now on (RSA10). A realtime client uses the token for its connection without
   * losing continuity, or connects with it, and the call waits for that (RTC8).
   *
   * Arguments replace the stored params or options as a whole: members that are absent become absent (RSA10j). Exceptions:
   * `timestamp` and `queryTime` count for this call only (RSA10g).
   *
   * @param tokenParams The params of this and all later tokens (RSA10b).
   * @param authOptions The source of this and all later tokens. A token in it is used until it has expired, and then the other
   * options (RSA10e).
   * @returns The token in use (RSA10f).
   * @throws {ErrorInfo} 40170 if the `authCallback` or `authUrl` fails (RSA4e), 40171 if there is no way to get a token, 40102
   * if it is for another clientId, or another key is given, and Ably's own error if Ably refuses.
   */
  authorize(
    tokenParams?: TokenParams | null,
    authOptions?: AuthOptions | null,
  ): Promise<TokenDetails> {
    return callbackRefused(arguments) ??
      this.#credentials.authorize(tokenParams, authOptions);
  }

  /**
   * Gets a token without using it: the client itself does not change (RSA8).
   *
   * Options passed here replace the client's options entirely; they are not merged (RSA8e).
   *
   * @param tokenParams The params of the token (RSA8b).
   * @param authOptions The source of the token: the first of `authCallback`, `authUrl` and `key` that is present.
   * @throws {ErrorInfo} 40170 if the `authCallback` or `authUrl` fails (RSA4e), 40171 if there is no way to get a token, and
   * Ably's own error if Ably refuses.
   */
  requestToken(
    tokenParams?: TokenParams | null,
    authOptions?: AuthOptions | null,
  ): Promise<TokenDetails> {
    return callbackRefused(arguments) ??
      this.#credentials.requestToken(tokenParams, authOptions);
  }

  /**
   * Signs a request for a token, which another client exchanges for the token (RSA9). It needs no network, unless `queryTime`
   * is set. To sign requests without a client, see `createTokenRequest` in `@ably-edge/sdk/token`.
   *
   * Options passed here replace the client's options entirely; they are not merged (RSA9h).
   *
   * @param tokenParams The params of the token.
   * @param authOptions The key to sign with, and whether to use Ably's time.
   * @throws {ErrorInfo} 40101 without a key, 40003 for a bad ttl, timestamp or nonce, 40000 for a bad capability, 40012 for a
   * bad clientId.
   */
  createTokenRequest(
    tokenParams?: TokenParams | null,
    authOptions?: AuthOptions | null,
  ): Promise<TokenRequest> {
    return callbackRefused(arguments) ??
      this.#credentials.createTokenRequest(tokenParams, authOptions);
  }

  /**
   * Revokes tokens that were issued with the client's key: they cease to work, and connections that use them are closed
   * (RSA17). The key must have revocable tokens enabled.
   *
   * @param specifiers The tokens to revoke.
   * @param options The time from which they are invalid, and the margin.
   * @returns For each specifier, whether it was revoked, or an error.
   * @throws {ErrorInfo} 40162 if the client uses a token (RSA17d), and Ably's own error if it refuses the whole request.
   *
   * @example With a key that has revocable tokens enabled
   * ```ts
   * import { Rest } from "@ably-edge/sdk/rest";
   *
   * const client = new Rest({ key: "appId.keyIdRevocable:secret" });
   * const { results } = await client.auth.revokeTokens([{ type: "clientId", value: "jim" }]);
   * for (const result of results) console.log(result.target, "error" in result ? "failed" : "ok");
   * ```
   */
  revokeTokens(
    specifiers: TokenRevocationTargetSpecifier | readonly TokenRevocationTargetSpecifier[],
    options?: TokenRevocationOptions | null,
  ): Promise<BatchResult<TokenRevocationResult>> {
    const access = { http: this.#http, key: this.#credentials.key };
    return callbackRefused(arguments) ?? revokeTokens(access, specifiers, options);
  }
}
