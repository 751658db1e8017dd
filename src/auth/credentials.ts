import { ErrorCode } from "../error_codes.ts";
import { createError, type ErrorInfo } from "../errors.ts";
import type { Fetch } from "../http/http_client.ts";
import type { HttpSender } from "../http/http_message.ts";
import { isTokenDetails, type TokenDetails } from "../token/token_details.ts";
import { createTokenRequest, type TokenParams, type TokenRequest } from "../token/token_request.ts";
import { toBase64, utf8 } from "../util/bytes.ts";
import type { Clock } from "../util/clock.ts";
import { copyOf } from "../util/copy.ts";
import { describeError, type Logger } from "../util/logger.ts";
import type { RandomSource } from "../util/random.ts";
import type { AuthOptions } from "./auth_options.ts";
import {
  checkAuthOptions,
  hasToken,
  hasTokenSource,
  requireCredentials,
  wantsTokenAuth,
} from "./checked_auth_options.ts";
import { checkTokenParams, ownTokenParams, storable } from "./own_token_params.ts";
import { ServiceTime } from "./service_time.ts";
import { type JoinTimeout, SharedCall } from "./shared_call.ts";
import { tokenNotRenewable, TokenSource } from "./token_source.ts";

/** The options of {@linkcode Credentials}. A client's resolved options include them. */
export interface CredentialsOptions {
  /** The options for authentication. */
  authOptions: () => AuthOptions;
  /** The clientId in the options (TO3a). */
  clientId: string | null;
  /** The default parameters of tokens (TO3j11). */
  defaultTokenParams?: TokenParams;
  /** Whether a key may be sent (RSC18). */
  allowsBasicAuth: boolean;
  /** The time that an `authCallback` or `authUrl` may take, in milliseconds (RSA4c). */
  realtimeRequestTimeout: number;
  /** The time that one try of a request may take, in milliseconds (TO3l4). */
  httpRequestTimeout: number;
  /** Sends requests to an `authUrl`. */
  fetch: Fetch;
  /** The clock. */
  clock: Clock;
  /** Draws nonces. */
  random: RandomSource;
  /** Writes the log. */
  logger: Logger;
}

/** The credentials of a request. */
export interface Authorization {
  /** The value of the `Authorization` header. */
  header: string;
  /** The token in it, if it is one: for `invalidate`. */
  token?: string;
}

/** The hooks by which a realtime client takes part in `auth.authorize()` (RTC8). */
export interface AuthorizeHooks {
  /**
   * The call has begun: a connection attempt that is under way is to be halted (RTC8b). A signal that is returned ends
   * the call.
   */
  started?(): AbortSignal | void;
  /** There is a new token. The call resolves once this does, or rejects as this does (RTC8a3, RTC8b1). */
  authorized?(details: TokenDetails): Promise<void>;
  /** There is no new token, for this reason (RSA4c, RSA4d). The call rejects with what this returns. */
  failed?(error: unknown): unknown;
}

/**
 * A client's credentials: the key or token it uses, and how it obtains new tokens. REST and realtime share this engine behind `Auth`.
 *
 * REST asks for `authorization()` for every request; realtime for `connectParams()` for every connection, and for
 * `renew()` when the service asks for a new token (RTN22). A token that the service refused is handed to
 * `invalidate()`, and the next question is answered with a new one. However many ask at once, one token is fetched. A
 * failure is an `ErrorInfo`; `authFailure(error)` says what it means to a connection.
 */
export class Credentials {
  readonly #options: CredentialsOptions;
  readonly #source: TokenSource;
  readonly #time: ServiceTime;
  #auth: AuthOptions;
  #tokenParams: TokenParams;
  #usesToken: boolean;
  #details: TokenDetails | null = null;
  #unexchanged: TokenRequest | null = null;
  #clientId: string | null;
  #basic: { key: string; header: string } | undefined;
  // A token that was obtained for an older generation is not stored.
  #generation = 0;
  readonly #patience: JoinTimeout;
  #renewal: SharedCall<TokenDetails> | null = null;
  /** Set by a realtime client. */
  hooks: AuthorizeHooks = {};

  /**
   * @param options What the credentials need. Nothing is started here.
   * @param http Sends requests without credentials to Ably.
   * @throws {ErrorInfo} 40106 without a way to authenticate (RSC1b, RSA14).
   */
  constructor(options: CredentialsOptions, http: HttpSender) {
    const auth = options.authOptions();
    requireCredentials(auth);
    this.#options = options;
    this.#clientId = options.clientId; // RSC17
    this.#usesToken = wantsTokenAuth(auth);
    this.#auth = withoutToken(auth);
    this.#tokenParams = storable(ownTokenParams(options.defaultTokenParams));
    this.#patience = { clock: options.clock, timeout: options.realtimeRequestTimeout };
    this.#time = new ServiceTime(http, this.#patience);
    this.#source = new TokenSource({
      ...options,
      http,
      sign: (params, auth) => this.#sign(params, auth),
    });
    if (!this.#usesToken) return;
    this.#take(auth);
    if (hasToken(auth) && !this.canRenew) this.#logNotRenewable();
  }

  /** Whether requests prove their right with the key or with a token (RSA2, RSA3, RSA4). */
  get method(): "basic" | "token" {
    return this.#usesToken ? "token" : "basic";
  }

  /** Whether there is a way to get a new token (RSA4a). */
  get canRenew(): boolean {
    return hasTokenSource(this.#auth);
  }

  /** The current token; null if there is none, or a key is used (RSA16). */
  get tokenDetails(): TokenDetails | null {
    return this.#usesToken && this.#details !== null ? { ...this.#details } : null;
  }

  /** The client's identity: a clientId, `"*"` for any, or null if anonymous or not yet known (RSA7b, RSA12). */
  get clientId(): string | null {
    return this.#clientId;
  }

  /** The key of the client, for operations that only a key may do (RSA17); undefined without one. */
  get key(): string | undefined {
    return this.#usesToken ? undefined : this.#auth.key ?? undefined;
  }

  /**
   * The credentials of the next request.
   *
   * @param signal Ends the wait. A token that is being fetched is fetched all the same if others wait for it.
   * @throws {ErrorInfo} 40103 for a key without TLS, 40170 or what Ably says if no token is to be had, 40171 if there
   * is no way to get one, 40102 if it is for someone else.
   */
  async authorization(signal?: AbortSignal | null): Promise<Authorization> {
    if (!this.#usesToken) return { header: this.#basicHeader() };
    const { token } = await this.token(signal);
    return { header: `Bearer ${toBase64(utf8(token))}`, token }; // RSA3b
  }

  /**
   * The credentials of the next connection, as query parameters (RTN2e, RSA3c).
   *
   * @param signal Ends the wait.
   * @throws {ErrorInfo} As {@linkcode Credentials.authorization}.
   */
  async connectParams(
    signal?: AbortSignal | null,
  ): Promise<{ key: string } | { accessToken: string }> {
    if (!this.#usesToken) return { key: this.#basicKey() };
    return { accessToken: (await this.token(signal)).token };
  }

  /**
   * The current token, or a new one if there is none, or it has expired as far as can be known (RSA4b1).
   *
   * @param signal Ends the wait.
   * @throws {ErrorInfo} As {@linkcode Credentials.authorization}.
   */
  async token(signal?: AbortSignal | null): Promise<TokenDetails> {
    const details = this.#details;
    if (details === null) return this.renew(signal);
    if (this.canRenew && this.#hasExpired(details)) {
      this.invalidate(details.token);
      return this.renew(signal);
    }
    this.#checkIdentity(details.clientId);
    return details;
  }

  /**
   * Gets a new token in place of the current one, which stays until then (RTN22). Everyone who asks meanwhile gets the
   * same one.
   *
   * @param signal Ends the wait.
   * @throws {ErrorInfo} As {@linkcode Credentials.authorization}.
   */
  renew(signal?: AbortSignal | null): Promise<TokenDetails> {
    const current = this.#current;
    if (current === null) return this.#begin((givenUp) => this.#obtain(givenUp)).join(signal);
    const before = this.#details;
    return current.follow(() => {
      if (this.#renewal === current) this.#renewal = null;
      const { tokenDetails } = this;
      // Somebody else who waited may have been quicker.
      return tokenDetails && this.#details !== before
        ? Promise.resolve(tokenDetails)
        : this.renew(signal);
    }, signal);
  }

  /**
   * Forgets a token that the service refused (RSA16d). Does nothing if it is not the current one any more.
   *
   * @param token The token.
   */
  invalidate(token: string): void {
    if (this.#details?.token === token) this.#details = null;
  }

  /**
   * Takes note of whom the service says this client is, on CONNECTED (RSA7b3, RSA12a).
   *
   * @param clientId What `connectionDetails` holds.
   * @throws {ErrorInfo} 40102 if it is someone else than in the options (RSA15).
   */
  confirmClientId(clientId: string | null | undefined): void {
    this.#checkIdentity(clientId);
    this.#learnIdentity(clientId ?? null);
  }

  /** See `Auth.authorize`. */
  async authorize(
    tokenParams?: TokenParams | null,
    authOptions?: AuthOptions | null,
  ): Promise<TokenDetails> {
    const given = authOptions == null ? null : checkAuthOptions(authOptions);
    const params = tokenParams == null ? null : ownTokenParams(tokenParams);
    if (given !== null) this.#checkSameKey(given);
    // RSA4a2: what leads to no token does not take the place of what does.
    if (given !== null && !hasToken(given) && !hasTokenSource(given)) throw tokenNotRenewable();
    // RSA10g, RSA10j
    if (params !== null) {
      checkTokenParams(params);
      this.#tokenParams = storable(params);
    }
    if (given !== null) {
      const { queryTime: _once, ...stored } = withoutToken(given);
      this.#auth = stored;
    }
    this.#usesToken = true; // RSA10a
    this.#generation++;
    const signal = this.hooks.started?.();
    const details = await this.#begin(
      (givenUp) => this.#authorize(params ?? {}, { given, givenUp }),
    ).join(signal ?? null).catch((error) => {
      throw signal?.aborted ? error : this.hooks.failed?.(error) ?? error;
    });
    if (this.hooks.authorized === undefined) return { ...details };
    await this.hooks.authorized(details);
    // The service may have refused it meanwhile, and been shown another one.
    return this.tokenDetails ?? { ...details };
  }

  /** See `Auth.requestToken`. */
  async requestToken(
    tokenParams?: TokenParams | null,
    authOptions?: AuthOptions | null,
  ): Promise<TokenDetails> {
    // RSA8e, RSA8c3: what is given stands in place of what is stored, as a whole.
    const auth = authOptions == null ? this.#auth : checkAuthOptions(authOptions);
    return this.#source.obtain(auth, { params: this.#paramsFor(tokenParams) });
  }

  /** See `Auth.createTokenRequest`. */
  async createTokenRequest(
    tokenParams?: TokenParams | null,
    authOptions?: AuthOptions | null,
  ): Promise<TokenRequest> {
    const auth = authOptions == null ? this.#auth : checkAuthOptions(authOptions); // RSA9h
    return this.#sign(this.#paramsFor(tokenParams), auth);
  }

  /** Runs what brings the next token, which is what everyone who has none waits for. */
  #begin(run: (givenUp: AbortSignal) => Promise<TokenDetails>): SharedCall<TokenDetails> {
    const renewal = new SharedCall((givenUp) =>
      run(givenUp).finally(() => {
        if (this.#renewal === renewal) this.#renewal = null;
      }), this.#patience);
    this.#renewal = renewal;
    return renewal;
  }

  /** The shared call for the next token, if one is under way. */
  get #current(): SharedCall<TokenDetails> | null {
    return this.#renewal?.isGivenUp ? null : this.#renewal;
  }

  async #obtain(givenUp: AbortSignal): Promise<TokenDetails> {
    const generation = this.#generation;
    const unexchanged = this.#unexchanged;
    // Without another way to a token, a request for one that did not reach Ably is worth another try.
    if (this.canRenew) this.#unexchanged = null;
    try {
      const details = unexchanged === null
        ? await this.#source.obtain(this.#auth, {
          params: this.#identified(),
          signal: givenUp,
          accept: this.#accept,
        })
        : await this.#source.toDetails(unexchanged, {
          source: "token option",
          signal: givenUp,
          accept: this.#accept,
        });
      this.#unexchanged = null;
      // authorize() has been called meanwhile: its token counts.
      if (this.#generation !== generation) return await this.#superseding();
      return this.#adopt(details);
    } catch (error) {
      this.#options.logger.warn(() => `No new token: ${describeError(error)}`);
      throw error;
    }
  }

  async #authorize(
    tokenParams: TokenParams,
    { given, givenUp }: { given: AuthOptions | null; givenUp: AbortSignal },
  ): Promise<TokenDetails> {
    const generation = this.#generation;
    const { timestamp, nonce, clientId } = tokenParams;
    const params = {
      ...this.#identified(),
      ...(timestamp != null && { timestamp }),
      ...(nonce != null && { nonce }),
      ...(clientId != null && { clientId }), // RSA15c: whoever asks for someone else's token is to hear of it.
    };
    const query = { params, signal: givenUp, accept: this.#accept };
    // RSA10e, RSA4g: a token that is given is used as it is.
    const details = given !== null && hasToken(given)
      ? await this.#source.toDetails(given.tokenDetails ?? given.token, {
        ...query,
        source: "token option",
      })
      : await this.#source.obtain(given ?? this.#auth, query);
    return this.#generation === generation ? this.#adopt(details) : details;
  }

  #superseding(): Promise<TokenDetails> {
    const current = this.#details === null ? this.#current : null;
    return current === null ? this.token() : current.follow(() => this.token());
  }

  /** RSA15c: a request for someone else's token is not even exchanged. */
  readonly #accept = ({ clientId }: TokenRequest): void => this.#checkIdentity(clientId);

  #adopt(details: TokenDetails): TokenDetails {
    this.#checkIdentity(details.clientId);
    this.#details = { ...details };
    this.#learnFrom(details);
    this.#options.logger.info(() => "Got a new token");
    return details;
  }

  /** Takes the token that the options hold (RSA16b, RSA16c). */
  #take({ token, tokenDetails }: AuthOptions): void {
    const given = tokenDetails ?? token;
    if (given == null) return;
    if (typeof given === "string") this.#details = { token: given };
    else if (isTokenDetails(given)) {
      this.#details = given;
      this.#learnFrom(given);
    } else this.#unexchanged = given; // TO3j2
  }

  #learnFrom(details: TokenDetails): void {
    // A bare token string says nothing about its clientId; token details name the clientId if there is one (TD6).
    if (Object.keys(details).length > 1) this.#learnIdentity(details.clientId ?? null);
  }

  #learnIdentity(clientId: string | null): void {
    this.#clientId = this.#options.clientId ?? clientId; // RSA7b1
  }

  /** RSA15a, RSA15b. */
  #checkIdentity(clientId: string | null | undefined): void {
    const own = this.#options.clientId;
    if (own === null || clientId == null || clientId === "*" || clientId === own) return;
    throw createError(
      ErrorCode.IncompatibleCredentials,
      `The token is for clientId "${clientId}", the client acts as "${own}"`,
      "Issue the token for the clientId of the client options, or leave that out.",
    );
  }

  #checkSameKey({ key }: AuthOptions): void {
    const current = this.#options.authOptions().key ?? this.#auth.key;
    if (key == null || current == null || key === current) return;
    throw createError(
      ErrorCode.IncompatibleCredentials,
      "A client can't be authorized with another key than the one it was made with",
      "Make another client for the other key.",
    );
  }

  #paramsFor(given: TokenParams | null | undefined): TokenParams {
    if (given != null) return ownTokenParams(given); // RSA8e
    const { clientId } = this.#options;
    return { ...copyOf(this.#tokenParams), ...(clientId !== null && { clientId }) }; // RSA7d, RSA7a4
  }

  /** The parameters for the client's own next token, which keeps who the client is (RSA10h). */
  #identified(): TokenParams {
    const params = this.#paramsFor(null);
    const clientId = params.clientId ?? this.#clientId;
    return { ...params, ...(clientId != null && { clientId }) };
  }

  /**
   * Ably's time in milliseconds. It is asked for once; the answer serves token requests as well (RSA10k, RTO16a).
   *
   * @throws {ErrorInfo} If it cannot be had.
   */
  serviceTime(): Promise<number> {
    return this.#time.now(true);
  }

  async #sign(params: TokenParams, auth: AuthOptions): Promise<TokenRequest> {
    if (auth.key == null) throw noKey();
    const timestamp = params.timestamp ?? await this.#time.now(auth.queryTime === true); // RSA9d
    const { random } = this.#options;
    return createTokenRequest(auth.key, { ...params, timestamp }, { random });
  }

  #hasExpired({ expires }: TokenDetails): boolean {
    const now = this.#time.known();
    return typeof expires === "number" && now !== null && expires <= now;
  }

  /** RSA11. */
  #basicHeader(): string {
    const key = this.#basicKey();
    if (this.#basic?.key !== key) {
      this.#basic = { key, header: `Basic ${toBase64(utf8(key))}` };
    }
    return this.#basic.header;
  }

  /** RSA1, RSC18. */
  #basicKey(): string {
    const { key } = this.#auth;
    if (key != null && this.#options.allowsBasicAuth) return key;
    throw createError(
      ErrorCode.BasicAuthOverHttp,
      "The API key is not sent without TLS, where others could read it",
      'Leave the option tls out, use a token, or, for a service on this machine, set the option endpoint to "localhost".',
    );
  }

  #logNotRenewable(): void {
    // RSA4a1
    this.#options.logger.info(() => describeError(tokenNotRenewable()));
  }
}

/** The options kept for later renewals: a given token is used once, and the time is asked for once (RSA10g). */
function withoutToken(options: AuthOptions): AuthOptions {
  const { token: _token, tokenDetails: _details, ...rest } = options;
  return rest;
}

function noKey(): ErrorInfo {
  return createError(
    ErrorCode.InvalidCredentials,
    "A token request can't be signed without an API key",
    "Give the key in the client options, or in the authOptions of this call.",
  );
}
