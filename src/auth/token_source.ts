import { ErrorCode } from "../error_codes.ts";
import { errorFromWire, ErrorInfo, fault } from "../errors.ts";
import { discard, mediaType } from "../http/body.ts";
import type { Fetch } from "../http/http_client.ts";
import type { HttpSender } from "../http/http_message.ts";
import { isTokenDetails, readToken, type TokenDetails } from "../token/token_details.ts";
import type { TokenParams, TokenRequest } from "../token/token_request.ts";
import { fromUtf8, utf8 } from "../util/bytes.ts";
import type { Clock } from "../util/clock.ts";
import { withDeadline } from "../util/deadline.ts";
import type { Logger } from "../util/logger.ts";
import { readAtMost } from "../util/read_body.ts";
import { redacted, secretsOf } from "../util/redact.ts";
import { fromProvider } from "./auth_failure.ts";
import type { AuthCallback, AuthOptions } from "./auth_options.ts";
import { requestFromAuthUrl } from "./auth_url.ts";

/** The most that a token, or what stands for it, may have (RSA4f). */
export const MAX_TOKEN_BYTES = 128 * 1024;

/** What a {@linkcode TokenSource} needs. */
export interface TokenSourceOptions {
  /** Sends requests without credentials to Ably. */
  http: HttpSender;
  /** Sends requests to an `authUrl`. */
  fetch: Fetch;
  /** The clock. */
  clock: Clock;
  /** How many milliseconds an `authCallback` or `authUrl` may take (RSA4c). */
  realtimeRequestTimeout: number;
  /** How many milliseconds a request may take (TO3l4). */
  httpRequestTimeout: number;
  /** Writes the log. */
  logger: Logger;
  /** Signs a token request. */
  sign(params: TokenParams, options: AuthOptions): Promise<TokenRequest>;
}

/** What is asked of a token, and who waits for it. */
export interface TokenQuery {
  /** What to ask of the token. */
  params: TokenParams;
  /** Says that nobody waits for the token any more. */
  signal?: AbortSignal;
  /** Given where the token is for the client itself: throws if a token request is not to be exchanged. */
  accept?: (request: TokenRequest) => void;
}

/** Gets tokens: from an `authCallback`, from an `authUrl`, or from Ably with a key (RSA8). Keeps nothing. */
export class TokenSource {
  readonly #options: TokenSourceOptions;

  /** @param options What the source needs. */
  constructor(options: TokenSourceOptions) {
    this.#options = options;
  }

  /**
   * Gets a new token.
   *
   * @param options Where from: the first of `authCallback`, `authUrl` and `key` that is there.
   * @param query What to ask of the token.
   * @throws {ErrorInfo} 40170 if the callback or URL fails, answers with what is no token, or takes too long; what Ably
   * says if it refuses; 40171 if there is nowhere to get one from.
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
    if (options.key == null) throw notRenewable();
    return this.#exchange(await this.#options.sign(params, options), { signal, accept });
  }

  /**
   * Makes token details of anything that stands for a token (RSA8d), exchanging a token request with Ably.
   *
   * @param result What was given.
   * @param origin Who gave it, for errors, who waits, and whether a token request is to be exchanged.
   */
  async toDetails(
    result: unknown,
    { source, signal, accept }: { source: string } & Omit<TokenQuery, "params">,
  ): Promise<TokenDetails> {
    const wanted = "a token string, token details or a token request";
    if (typeof result === "string") {
      if (result.length === 0) throw badToken(source, `an empty string instead of ${wanted}`);
      checkSize(result, source);
      return { token: result };
    }
    if (typeof result !== "object" || result === null || Array.isArray(result)) {
      throw badToken(source, `a value of type ${typeName(result)} instead of ${wanted}`);
    }
    const token = read(result, source);
    checkSize(stringify(token, source), source);
    if (isTokenDetails(token)) return token;
    if ("keyName" in token && typeof token.keyName === "string") {
      accept?.(token as TokenRequest);
      return this.#exchange(token as TokenRequest, { signal, accept });
    }
    throw badToken(source, `an object with neither "token" nor "keyName" instead of ${wanted}`);
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
      throw providerFailed("The authCallback failed", { cause: redacted(cause) });
    }
  }

  async #fromUrl(
    { url, init }: ReturnType<typeof requestFromAuthUrl>,
    givenUp: AbortSignal | undefined,
  ): Promise<unknown> {
    const ask = async (signal: AbortSignal) => {
      const response = await this.#options.fetch(url, { ...init, signal });
      return await readAnswer(response);
    };
    try {
      return await this.#inTime(ask, { source: "authUrl", signal: givenUp });
    } catch (cause) {
      if (cause instanceof ErrorInfo) throw cause;
      throw providerFailed("The request to the authUrl failed", {
        cause: redacted(cause, secretsIn(url, init)),
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

  /** Exchanges a token request for a token (RSA8a). The request needs no credentials: it is signed. */
  async #exchange(
    body: TokenRequest,
    { signal, accept }: Omit<TokenQuery, "params">,
  ): Promise<TokenDetails> {
    const path = `/keys/${encodeURIComponent(body.keyName)}/requestToken`;
    const response = await this.#options.http.send({ method: "POST", path, body, signal });
    if (response.error) throw fromProvider(response.error);
    const details = response.body;
    if (typeof details === "object" && details !== null && isTokenDetails(details)) {
      // RSA7b2: if it is the client's own token, that is who the client is.
      return accept && body.clientId != null ? { clientId: body.clientId, ...details } : details;
    }
    throw badToken("service", "something other than token details");
  }
}

/**
 * Calls a callback that may answer in any of the ways there are: value, promise or callback. What it returns is its answer
 * if that can be one; where it can be none, such as the timer of an arrow function, the callback is yet to be called, if it
 * may have been taken. A wrapper takes it without declaring it.
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
      const mayCallBack = takesCallback ? result !== null : !isPromise && result === undefined;
      if (standsForToken(result) || !mayCallBack) resolve(result);
    }, reject);
  });
}

/** What a request to an `authUrl` carries: none of it is for errors, which people log and send around. */
function secretsIn(url: string, { headers, body }: RequestInit): string[] {
  const form = typeof body === "string" ? [body, ...new URLSearchParams(body).values()] : [];
  return secretsOf(url, [...form, ...(headers as Headers).values()]);
}

function standsForToken(value: unknown): boolean {
  return typeof value === "string" && value !== "" ||
    typeof value === "object" && value !== null && ("token" in value || "keyName" in value);
}

/** RSA8c, RSA4f. */
async function readAnswer(response: Response): Promise<unknown> {
  if (!response.ok) throw await urlRefused(response);
  const type = mediaType(response.headers);
  if (!["application/json", "text/plain", "application/jwt"].includes(type)) {
    discard(response);
    throw badToken("authUrl", `the content type "${type}"`);
  }
  const { bytes, isAll } = await readAtMost(response, MAX_TOKEN_BYTES);
  if (!isAll) throw tooLarge("authUrl");
  const text = fromUtf8(bytes);
  if (type !== "application/json") return text.trim();
  try {
    return JSON.parse(text);
  } catch {
    throw badToken("authUrl", "a body that is not JSON, although its content type says so");
  }
}

/** An error with a code is one that Ably, or whoever speaks for it, gave on purpose (RSA4e). */
function isFromAbly(error: unknown): boolean {
  return error instanceof ErrorInfo ||
    typeof error === "object" && error !== null && "code" in error &&
      typeof error.code === "number" && error.code >= 10_000; // below are DOMException's
}

function checkSize(text: string, source: string): void {
  // No character takes more than three bytes.
  if (text.length * 3 <= MAX_TOKEN_BYTES) return;
  if (utf8(text).length > MAX_TOKEN_BYTES) throw tooLarge(source);
}

/** A copy: what an authCallback returns is the caller's, and stays in use. */
function read(value: object, source: string): object {
  try {
    return readToken(value);
  } catch (cause) {
    throw providerFailed(`The ${source} gave an object that can't be read as a token`, { cause });
  }
}

function stringify(value: object, source: string): string {
  try {
    return JSON.stringify(value);
  } catch {
    throw badToken(source, "an object that can't be written as JSON");
  }
}

function typeName(value: unknown): string {
  return value === null ? "null" : Array.isArray(value) ? "array" : typeof value;
}

/** RSA4d: realtime has to tell 403 from the rest, whether the status says so or the error in the body. */
async function urlRefused(response: Response): Promise<ErrorInfo> {
  const { status } = response;
  const refusal = `The authUrl answered with status ${status}`;
  const own = { message: refusal, code: status * 100, statusCode: status };
  let error: unknown;
  try {
    // What is no JSON is a page for people, mostly; and the status says enough to wait for nothing else.
    const isJson = mediaType(response.headers) === "application/json";
    if (isJson) {
      error = JSON.parse(fromUtf8((await readAtMost(response, MAX_TOKEN_BYTES)).bytes)).error;
    } else discard(response);
  } catch {
    // Broken off, or no JSON after all.
  }
  const said = errorFromWire(error, own);
  const cause = status === 403 ? new ErrorInfo({ ...said.toJSON(), statusCode: 403 }) : said;
  return providerFailed(refusal, { cause });
}

function badToken(source: string, what: string): ErrorInfo {
  return providerFailed(`The ${source} gave ${what}`);
}

function tooLarge(source: string): ErrorInfo {
  return badToken(source, "more than the 128 KiB that a token may have");
}

function providerFailed(message: string, { cause }: { cause?: unknown } = {}): ErrorInfo {
  return fault(
    ErrorCode.TokenProviderFailed,
    message,
    "Let it return or promise a token, token details, or a token request made by createTokenRequest, in time.",
    { cause },
  );
}

/** The error for when a token is needed, and there is nowhere to get it from (RSA4a2). */
export function notRenewable(cause?: ErrorInfo): ErrorInfo {
  return fault(
    ErrorCode.TokenNotRenewable,
    "A new token is needed, and there is no way to get one",
    "Give the client an authCallback, an authUrl or a key besides the token.",
    { requestId: cause?.requestId, cause },
  );
}
