import type { HttpSender } from "../http/http_message.ts";
import { isTokenDetails, type TokenDetails } from "../token/token_details.ts";
import { signTokenRequest, type TokenParams, type TokenRequest } from "../token/token_request.ts";
import { copyOf, withoutNulls } from "../util/copy.ts";
import { describeError } from "../util/logger.ts";
import { signingKeyMissing, tokenNotRenewable } from "./auth_errors.ts";
import type { AuthOptions } from "./auth_options.ts";
import { hasToken, hasTokenSource, wantsTokenAuth } from "./checked_auth_options.ts";
import { ClientIdentity } from "./client_identity.ts";
import type { AuthorizeHooks, CredentialsOptions } from "./credentials_options.ts";
import { checkBasicAuth, checkSameKey } from "./key_checks.ts";
import { readAuthOptions, readTokenParams } from "./read_auth_arguments.ts";
import { storable } from "./own_token_params.ts";
import { ServiceTime } from "./service_time.ts";
import { SharedCalls } from "./shared_call.ts";
import { TokenSource } from "./token_source.ts";

/** The key or the token of a request or a connection. */
export type Credential = { key: string; token?: undefined } | { token: string; key?: undefined };

/**
 * A client's credentials: the key or token it uses, and how it obtains new tokens. REST and realtime share this class
 * behind `Auth`.
 *
 * `current()` is called for every request and every connection. Realtime calls `renew()` when the service asks for a new
 * token (RTN22). Both clients pass a token that the service refused to `invalidate()`; the next
 * call then gets a new one. See {@linkcode SharedCalls} for calls at the same time. All failures are an `ErrorInfo`, and
 * `authFailure(error)` gives their effect on a connection.
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
  readonly #identity: ClientIdentity;
  readonly #renewal: SharedCalls<TokenDetails>;
  /** Set by a realtime client. */
  hooks: AuthorizeHooks = {};

  /**
   * @param options The options and dependencies. Nothing is started here.
   * @param http Sends requests without credentials to Ably.
   * @throws {ErrorInfo} 40106 without a way to authenticate (RSC1b, RSA14).
   */
  constructor(options: CredentialsOptions, http: HttpSender) {
    const auth = options.authOptions();
    this.#options = options;
    this.#identity = new ClientIdentity(options.clientId);
    this.#usesToken = wantsTokenAuth(auth);
    this.#auth = withoutToken(auth);
    this.#tokenParams = storable(readTokenParams(options.defaultTokenParams, options.logger));
    const joinTimeout = { clock: options.clock, timeout: options.realtimeRequestTimeout };
    this.#renewal = new SharedCalls(joinTimeout);
    this.#time = new ServiceTime(http, joinTimeout);
    this.#source = new TokenSource({
      ...options,
      http,
      sign: (params, auth) => this.#sign(params, auth),
    });
    if (!this.#usesToken) return;
    this.#adoptGiven(auth);
    if (hasToken(auth) && !this.canRenew) {
      options.logger.info(() => describeError(tokenNotRenewable())); // RSA4a1
    }
  }

  /** Whether requests are authenticated with the key or with a token (RSA2, RSA3, RSA4). */
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
    return this.#identity.clientId;
  }

  /** The key of the client, for operations that only a key may do (RSA17); undefined without one. */
  get key(): string | undefined {
    return this.#usesToken ? undefined : this.#auth.key ?? undefined;
  }

  /**
   * The key or the token of the next request or connection.
   *
   * @param signal Ends the wait. The request for a token goes on if other callers wait for it.
   * @throws {ErrorInfo} 40103 for a key without TLS; 40170 or the error the service returned if no token can be obtained;
   * 40171 if there is no way to get one; 40102 if it is for another clientId.
   */
  async current(signal?: AbortSignal | null): Promise<Credential> {
    if (this.#usesToken) return { token: (await this.token(signal)).token };
    return { key: checkBasicAuth(this.#auth.key, this.#options.allowsBasicAuth) };
  }

  /**
   * The current token, or a new one if there is none, or it is known to have expired (RSA4b1).
   *
   * @param signal Ends the wait.
   * @throws {ErrorInfo} As {@linkcode Credentials.current}.
   */
  async token(signal?: AbortSignal | null): Promise<TokenDetails> {
    const details = this.#details;
    if (details === null) return this.renew(signal);
    if (this.canRenew && this.#hasExpired(details)) {
      this.invalidate(details.token);
      return this.renew(signal);
    }
    this.#identity.check(details.clientId);
    return details;
  }

  /**
   * Gets a new token in place of the current one, which stays until then (RTN22). All callers meanwhile get the same one.
   *
   * @param signal Ends the wait.
   * @throws {ErrorInfo} As {@linkcode Credentials.current}.
   */
  renew(signal?: AbortSignal | null): Promise<TokenDetails> {
    const before = this.#details;
    const retry = () => {
      const { tokenDetails } = this;
      // Another caller may have got a token meanwhile.
      return tokenDetails && this.#details !== before
        ? Promise.resolve(tokenDetails)
        : this.renew(signal);
    };
    return this.#renewal.share(this.#obtain, retry, signal);
  }

  /**
   * Forgets a token that the service refused (RSA16d). Does nothing if it is no longer the current one.
   *
   * @param token The token.
   */
  invalidate(token: string): void {
    if (this.#details?.token === token) this.#details = null;
  }

  /**
   * Adopts the clientId in CONNECTED (RSA7b3, RSA12a).
   *
   * @param clientId The one in `connectionDetails`.
   * @throws {ErrorInfo} 40102 if it differs from that in the options (RSA15).
   */
  confirmClientId(clientId: string | null | undefined): void {
    this.#identity.check(clientId);
    this.#identity.learn(clientId ?? null);
  }

  /** See `Auth.authorize`. */
  async authorize(
    tokenParams?: TokenParams | null,
    authOptions?: AuthOptions | null,
  ): Promise<TokenDetails> {
    const given = authOptions == null ? null : readAuthOptions(authOptions, this.#options.logger);
    const params = tokenParams == null ? null : readTokenParams(tokenParams, this.#options.logger);
    if (given !== null) checkSameKey(given.key, this.#options.authOptions().key ?? this.#auth.key);
    // RSA4a2: options without a way to a token do not replace those that have one.
    if (given !== null && !hasToken(given) && !hasTokenSource(given)) throw tokenNotRenewable();
    // RSA10g, RSA10j
    if (params !== null) this.#tokenParams = storable(params);
    if (given !== null) {
      const { queryTime: _once, ...stored } = withoutToken(given); // RSA10g
      this.#auth = stored;
    }
    this.#usesToken = true; // RSA10a
    const signal = this.hooks.started?.() ?? null;
    const details = await this.#renewal.overtake(
      (givenUp, isOvertaken) => this.#authorize(params ?? {}, { given, givenUp, isOvertaken }),
      signal,
    ).catch((error) => {
      throw signal?.aborted ? error : this.hooks.failed?.(error) ?? error;
    });
    if (this.hooks.authorized === undefined) return { ...details };
    await this.hooks.authorized(details);
    // The service may have refused it meanwhile, and the client have got another one.
    return this.tokenDetails ?? { ...details };
  }

  /** See `Auth.requestToken`. */
  async requestToken(
    tokenParams?: TokenParams | null,
    authOptions?: AuthOptions | null,
  ): Promise<TokenDetails> {
    // RSA8e, RSA8c3: given options replace the stored ones entirely.
    const auth = authOptions == null
      ? this.#auth
      : readAuthOptions(authOptions, this.#options.logger);
    return this.#source.obtain(auth, { params: this.#paramsFor(tokenParams) });
  }

  /** See `Auth.createTokenRequest`. */
  async createTokenRequest(
    tokenParams?: TokenParams | null,
    authOptions?: AuthOptions | null,
  ): Promise<TokenRequest> {
    const auth = authOptions == null
      ? this.#auth
      : readAuthOptions(authOptions, this.#options.logger); // RSA9h
    return this.#sign(this.#paramsFor(tokenParams), auth);
  }

  readonly #obtain = async (
    givenUp: AbortSignal,
    isOvertaken: () => boolean,
  ): Promise<TokenDetails> => {
    const unexchanged = this.#unexchanged;
    // If there is no other way to a token, keep the request: it may not have reached Ably.
    if (this.canRenew) this.#unexchanged = null;
    const auth = unexchanged === null ? this.#auth : { token: unexchanged };
    try {
      const details = await this.#get(auth, this.#ownParams(), givenUp);
      this.#unexchanged = null;
      return isOvertaken() ? await this.token() : this.#adopt(details);
    } catch (error) {
      this.#options.logger.warn(() => `No new token: ${describeError(error)}`);
      throw error;
    }
  };

  async #authorize(
    tokenParams: TokenParams,
    { given, givenUp, isOvertaken }: {
      given: AuthOptions | null;
      givenUp: AbortSignal;
      isOvertaken: () => boolean;
    },
  ): Promise<TokenDetails> {
    const { timestamp, nonce, clientId } = tokenParams;
    const params = {
      ...this.#ownParams(),
      ...withoutNulls({ timestamp, nonce, clientId }), // RSA15c: fails below if it is another clientId
    };
    const details = await this.#get(given ?? this.#auth, params, givenUp);
    return isOvertaken() ? details : this.#adopt(details);
  }

  /** RSA10e, RSA4g: a token that is given is used as it is. Otherwise the client gets one, and reports that. */
  async #get(auth: AuthOptions, params: TokenParams, signal: AbortSignal): Promise<TokenDetails> {
    const query = { params, signal, accept: this.#accept };
    if (hasToken(auth)) {
      const source = "token option";
      return await this.#source.toDetails(auth.tokenDetails ?? auth.token, { ...query, source });
    }
    const { clock, report } = this.#options;
    const started = clock.now();
    const failure: { error?: unknown } = {};
    try {
      return await this.#source.obtain(auth, query);
    } catch (error) {
      failure.error = error;
      throw error;
    } finally {
      report?.({ kind: "token", duration: clock.now() - started, ...failure });
    }
  }

  /** RSA15c: a request for a token of another clientId is refused before it is exchanged. */
  readonly #accept = ({ clientId }: TokenRequest): void => this.#identity.check(clientId);

  #adopt(details: TokenDetails): TokenDetails {
    this.#identity.check(details.clientId);
    if (this.#hasExpired(details)) this.#time.distrust(); // Otherwise each request would get a new token.
    this.#details = { ...details };
    this.#identity.learnFrom(details);
    const { expires, issued } = details;
    this.#options.logger.info(() =>
      `Got a new token${expires && issued ? `, valid for ${(expires - issued) / 1000} s` : ""}`
    );
    return details;
  }

  /** Adopts the token in the options (RSA16b, RSA16c). */
  #adoptGiven({ token, tokenDetails }: AuthOptions): void {
    const given = tokenDetails ?? token;
    if (given == null) return;
    if (typeof given === "string") this.#details = { token: given };
    else if (isTokenDetails(given)) {
      this.#details = given;
      this.#identity.learnFrom(given);
    } else this.#unexchanged = given; // TO3j2
  }

  #paramsFor(given: TokenParams | null | undefined): TokenParams {
    if (given != null) return readTokenParams(given, this.#options.logger); // RSA8e
    const { clientId } = this.#options;
    return { ...copyOf(this.#tokenParams), ...(clientId !== null && { clientId }) }; // RSA7d, RSA7a4
  }

  /** The parameters of the client's own next token, which keeps the identity of the client (RSA10h). */
  #ownParams(): TokenParams {
    const params = this.#paramsFor(null);
    const clientId = params.clientId ?? this.clientId;
    return { ...params, ...(clientId != null && { clientId }) };
  }

  /**
   * Ably's time in whole milliseconds. It is asked for once; the answer serves token requests as well (RSA10k, RTO16a).
   *
   * @throws {ErrorInfo} If it cannot be had.
   */
  serviceTime(): Promise<number> {
    return this.#time.now(true);
  }

  async #sign(params: TokenParams, auth: AuthOptions): Promise<TokenRequest> {
    if (auth.key == null) throw signingKeyMissing();
    const timestamp = params.timestamp ?? await this.#time.now(auth.queryTime === true); // RSA9d
    const { random } = this.#options;
    const request = await signTokenRequest(auth.key, { ...params, timestamp }, { random });
    if (params.timestamp == null) this.#time.signed(request);
    return request;
  }

  #hasExpired({ expires }: TokenDetails): boolean {
    const now = this.#time.known();
    return typeof expires === "number" && now !== null && expires <= now;
  }
}

/** The options for later renewals: a given token is used only once. */
function withoutToken(options: AuthOptions): AuthOptions {
  const { token: _token, tokenDetails: _details, ...rest } = options;
  return rest;
}
