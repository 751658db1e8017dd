import { errorFromWire, ErrorInfo } from "../errors.ts";
import type { Fetch } from "../http/http_client.ts";
import type { HttpSender } from "../http/http_message.ts";
import { isTokenDetails, readToken, type TokenDetails } from "../token/token_details.ts";
import type { TokenParams, TokenRequest } from "../token/token_request.ts";
import type { Clock } from "../util/clock.ts";
import { withDeadline } from "../util/deadline.ts";
import type { Logger } from "../util/logger.ts";
import { kindOf } from "../util/read_members.ts";
import { because, excerptOf, redact, redacted, secretsOf } from "../util/redact.ts";
import { tokenNotRenewable } from "./auth_errors.ts";
import { fromProvider } from "./auth_failure.ts";
import type { AuthCallback, AuthOptions } from "./auth_options.ts";
import { fetchAuthUrl, requestFromAuthUrl } from "./auth_url.ts";
import { readAuthUrlAnswer } from "./auth_url_answer.ts";
import { badToken, checkTokenSize, providerFailed } from "./provider_failure.ts";
import { learnFromRefusal } from "./service_time.ts";
import { checkTokenText } from "./token_text.ts";

/** The options of {@linkcode TokenSource}. */
export interface TokenSourceOptions {
  /** Sends requests without credentials to Ably. */
  http: HttpSender;
  /** Sends requests to an `authUrl`. */
  fetch: Fetch;
  /** The clock. */
  clock: Clock;
  /** The time that an `authCallback` or `authUrl` may take, in milliseconds (RSA4c). */
  realtimeRequestTimeout: number;
  /** The time that a request may take, in milliseconds (TO3l4). */
  httpRequestTimeout: number;
  /** Writes the log. */
  logger: Logger;
  /** Signs a token request. */
  sign(params: TokenParams, options: AuthOptions): Promise<TokenRequest>;
}

/** The params of a token, and the signal of its caller. */
export interface TokenQuery {
  /** The params of the token. */
  params: TokenParams;
  /** Aborts when no caller waits for the token any more. */
  signal?: AbortSignal;
  /** Set for a token of the client itself. Throws if the token request must not be exchanged. */
  accept?: (request: TokenRequest) => void;
}

/** Gets tokens: from an `authCallback`, from an `authUrl`, or from Ably with a key (RSA8). It stores no token. */
export class TokenSource {
  readonly #options: TokenSourceOptions;

  /** @param options The options and dependencies. */
  constructor(options: TokenSourceOptions) {
    this.#options = options;
  }

  /**
   * Gets a new token.
   *
   * @param options The source: the first of `authCallback`, `authUrl` and `key` that is present.
   * @param query The params of the token.
   * @throws {ErrorInfo} 40170 if the callback or URL fails, gives a value that is not a token, or takes too long; Ably's own
   * error if Ably refuses; 40171 if there is no source.
   */
  async obtain(
    options: AuthOptions,
    { params, signal, accept }: TokenQuery,
  ): Promise<TokenDetails> {
    const { authCallback, authUrl } = options;
    if (authCallback != null) {
      const result = await this.#fromCallback(authCallback, { params, signal });
      return this.toDetails(result, { source: "authCallback", signal, accept });
    }
    if (authUrl != null) {
      const request = requestFromAuthUrl(authUrl, options, params);
      const result = await this.#fromUrl(request, signal);
      return this.toDetails(result, { source: "authUrl", signal, accept });
    }
    if (options.key == null) throw tokenNotRenewable();
    return this.#exchange(await this.#options.sign(params, options), { signal, accept });
  }

  /**
   * Turns any value that a provider may give into token details (RSA8d). A token request is exchanged with Ably.
   *
   * @param result The value.
   * @param origin The provider, for errors; the signal of the caller; and a check before a token request is exchanged.
   */
  async toDetails(
    result: unknown,
    { source, signal, accept }: { source: string } & Omit<TokenQuery, "params">,
  ): Promise<TokenDetails> {
    const wanted = "a token string, token details or a token request";
    if (typeof result === "string") {
      checkTokenText(result, source);
      return { token: result };
    }
    if (typeof result !== "object" || result === null || Array.isArray(result)) {
      throw badToken(source, `${kindOf(result)} instead of ${wanted}`);
    }
    const { token, text } = read(result, source);
    checkTokenSize(text, source);
    if (isTokenDetails(token)) {
      checkTokenText(token.token, source);
      return token;
    }
    if ("keyName" in token && typeof token.keyName === "string") {
      accept?.(token as TokenRequest);
      return this.#exchange(token as TokenRequest, { signal, accept, signed: result });
    }
    throw result instanceof Response
      ? badToken(
        source,
        `a Response instead of ${wanted}`,
        "Read it: return await response.json().",
      )
      : badToken(source, `an object with neither "token" nor "keyName" instead of ${wanted}`);
  }

  async #fromCallback(
    authCallback: AuthCallback,
    { params, signal }: TokenQuery,
  ): Promise<unknown> {
    const ask = () => callBack(authCallback, { ...params });
    try {
      return await this.#inTime(ask, { source: "authCallback", signal });
    } catch (cause) {
      if (isFromAbly(cause)) throw fromProvider(errorFromWire(cause));
      const reason = redacted(cause);
      throw providerFailed(`The authCallback failed${because(reason)}`, {
        cause: reason,
        remediation: "Fix the authCallback: it threw or rejected instead of returning a token.",
      });
    }
  }

  async #fromUrl(
    { url, init }: ReturnType<typeof requestFromAuthUrl>,
    givenUp: AbortSignal | undefined,
  ): Promise<unknown> {
    const secrets = secretsIn(url, init);
    const name = `authUrl ${excerptOf(redact(url.split(/[?#]/, 1)[0]!, secrets))}`;
    const ask = async (signal: AbortSignal) => {
      const response = await fetchAuthUrl(
        (url, init) => this.#options.fetch(url, { ...init, signal }),
        { url, init },
      );
      return await readAuthUrlAnswer(response, { clock: this.#options.clock, secrets, name });
    };
    try {
      return await this.#inTime(ask, { source: "authUrl", signal: givenUp });
    } catch (cause) {
      if (cause instanceof ErrorInfo) throw cause;
      const reason = redacted(cause, secrets);
      throw providerFailed(`The request to the ${name} failed${because(reason)}`, {
        cause: reason,
        remediation: URL.canParse(url) || "document" in globalThis
          ? "Check that the URL is right and its server runs; in a browser it must allow this origin (CORS)."
          : "Give an absolute URL: a relative one is only possible in a browser.",
      });
    }
  }

  #inTime<T>(
    run: (signal: AbortSignal) => Promise<T>,
    { source, signal }: { source: string; signal?: AbortSignal },
  ): Promise<T> {
    const { clock, realtimeRequestTimeout, httpRequestTimeout } = this.#options;
    const timeout = source === "authUrl"
      ? Math.min(realtimeRequestTimeout, httpRequestTimeout)
      : realtimeRequestTimeout;
    const onTimeout = () => providerFailed(`The ${source} gave no token within ${timeout} ms`);
    return withDeadline(run, { clock, timeout, signal, onTimeout });
  }

  /** Exchanges a token request for a token (RSA8a). The request needs no credentials, because it is signed. */
  async #exchange(
    body: TokenRequest,
    { signal, accept, signed = body }: Omit<TokenQuery, "params"> & { signed?: object },
  ): Promise<TokenDetails> {
    const path = `/keys/${encodeURIComponent(body.keyName)}/requestToken`;
    const response = await this.#options.http.send({ method: "POST", path, body, signal });
    if (response.error) {
      learnFromRefusal(signed, response.error);
      throw fromProvider(response.error);
    }
    const details = response.body;
    if (typeof details === "object" && details !== null && isTokenDetails(details)) {
      // RSA7b2: the client's own token determines its identity.
      return accept && body.clientId != null ? { clientId: body.clientId, ...details } : details;
    }
    throw badToken("service", "something other than token details");
  }
}

/**
 * Calls a callback that may respond in any of three ways: value, promise or callback. Its return value is the response if it
 * can be a token. Other return values, such as the timer that an arrow function returns, are ignored if the function may call
 * the callback. A wrapper such as `(...args) => f(...args)` may call it without declaring it.
 */
function callBack(authCallback: AuthCallback, params: TokenParams): Promise<unknown> {
  return new Promise<unknown>((resolve, reject) => {
    const answer: unknown = authCallback(
      params,
      (error, result) => error ? reject(error) : resolve(result),
    );
    const isPromise = typeof (answer as PromiseLike<unknown> | null)?.then === "function";
    const takesCallback = authCallback.length >= 2;
    Promise.resolve(answer).then((result) => {
      const mayCallBack = takesCallback
        ? result !== null
        : !isPromise && result === undefined && mayTakeMore(authCallback);
      if (standsForToken(result) || !mayCallBack) resolve(result);
    }, reject);
  });
}

/**
 * Whether a function whose `length` is less than two may use the callback nevertheless: by a rest parameter, `arguments` or a
 * default value. Functions whose text cannot be read count as such.
 */
function mayTakeMore(authCallback: AuthCallback): boolean {
  const text = Function.prototype.toString.call(authCallback);
  const [params] = text.split(/\)|=>/, 1) as [string];
  return /[,=]/.test(params) || /\.\.\.|\barguments\b|\[native code\]/.test(text);
}

/** The values in a request to an `authUrl`. Errors must not show them, because errors are logged and passed on. */
function secretsIn(url: string, { headers, body }: RequestInit): string[] {
  const form = typeof body === "string" ? [body, ...new URLSearchParams(body).values()] : [];
  return secretsOf(url, [...form, ...(headers as Headers).values()]);
}

function standsForToken(value: unknown): boolean {
  return typeof value === "string" && value !== "" ||
    typeof value === "object" && value !== null && ("token" in value || "keyName" in value);
}

/** Whether an error has a code of Ably. It then comes from Ably or from a server that relays its errors (RSA4e). */
function isFromAbly(error: unknown): boolean {
  return error instanceof ErrorInfo ||
    typeof error === "object" && error !== null && "code" in error &&
      typeof error.code === "number" && error.code >= 10_000; // Smaller codes are DOMException's.
}

/** A copy, because the result of an authCallback belongs to the caller, who may change it; and its text. */
function read(value: object, source: string): { token: object; text: string } {
  try {
    const token = readToken(value);
    return { token, text: JSON.stringify(token) };
  } catch (cause) {
    throw providerFailed(`The ${source} gave an object that can't be read as a token`, { cause });
  }
}
