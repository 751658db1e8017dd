import type { RequestEvent, Telemetry } from "../util/telemetry.ts";
import { ErrorCode } from "../error_codes.ts";
import { createError, errorFromWire, ErrorInfo } from "../errors.ts";
import type { Codec } from "../protocol/codec.ts";
import { type Agents, agentText } from "../util/agent.ts";
import { toBase64, utf8 } from "../util/bytes.ts";
import { withDeadline } from "../util/deadline.ts";
import { describeError, type Logger } from "../util/logger.ts";
import { randomId } from "../util/random.ts";
import { because, redacted, secretsOf } from "../util/redact.ts";
import { PROTOCOL_VERSION } from "../version.ts";
import { decodeBody, discard } from "./body.ts";
import { type FallbackOptions, HostChooser, type HostSequence } from "./fallback.ts";
import type { HttpRequest, HttpResponse, HttpSender } from "./http_message.ts";
import { checkFrameSize, type Limits } from "./limits.ts";
import { originOf } from "./origin.ts";
import { refusalOf, refusedByRuntime } from "./runtime_refusal.ts";

/** `fetch`, as a plain function that may be called without `this`. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** The options of {@linkcode HttpClient}. A client's resolved options include all but the limits. */
export interface HttpClientOptions extends FallbackOptions {
  /** Whether to use TLS (RSC18). */
  tls: boolean;
  /** The port without TLS. */
  port: number;
  /** The port with TLS. */
  tlsPort: number;
  /** The format of request bodies, also requested for responses (RSC8c). */
  codec: Codec;
  /** All formats that can be read (RSC8d). */
  codecs: readonly Codec[];
  /** The time that one attempt may take, in milliseconds, from sending to the end of the response (TO3l4). */
  httpRequestTimeout: number;
  /** The limits on the size of requests. They may change during the life of the client. */
  limits: Pick<Limits, "maxFrameSize">;
  /** The clientId to send (RSA7e2). */
  clientId: string | null;
  /** Whether requests carry a `request_id` (RSC7c). */
  addRequestIds: boolean;
  /** The current products for the agent identifier (RSC7d6). */
  agents?: () => Agents;
  /** Writes the log. */
  logger: Logger;
  /** Reports each attempt, if the user wants telemetry. */
  report?: Telemetry | undefined;
  /** Sends requests. */
  fetch: Fetch;
}

/**
 * Sends requests to Ably: hosts and fallback, deadlines, formats, errors. Handles no credentials.
 *
 * `send(request)` is for requests without credentials, such as `/time`; other requests go through `AuthenticatedHttp`, which is
 * an `HttpSender` too. A realtime connection calls `hosts.prefer(host)` when it is connected to a fallback host and
 * `hosts.prefer(null)` when that has ended (RTN17e).
 */
export class HttpClient implements HttpSender {
  readonly #options: HttpClientOptions;
  /** The choice of hosts that all requests share. */
  readonly hosts: HostChooser;

  /** @param options The options and dependencies. The constructor starts nothing. */
  constructor(options: HttpClientOptions) {
    this.#options = options;
    this.hosts = new HostChooser(options);
  }

  /**
   * Sends a request.
   *
   * @throws {ErrorInfo} If no host answered in time, or the answer could not be read. If the caller gives up, the
   * reason of its signal is thrown.
   */
  send(request: HttpRequest): Promise<HttpResponse> {
    return this.prepare(request).send();
  }

  /**
   * Prepares a request that may be sent repeatedly, with other headers, but with the same body, the same `request_id` and one
   * budget of hosts and time.
   *
   * @throws {ErrorInfo} 40009 if the body is too large, 40003 if it cannot be encoded.
   */
  prepare(request: HttpRequest): HttpExchange {
    return new HttpExchange(request, this.#options, this.hosts);
  }
}

/** One request with all its attempts. */
export class HttpExchange {
  readonly #request: HttpRequest;
  readonly #options: HttpClientOptions;
  readonly #chooser: HostChooser;
  readonly #headers: Record<string, string>;
  readonly #ownHeaders: Record<string, string>;
  readonly #body: string | Uint8Array<ArrayBuffer> | undefined;
  readonly #target: string;
  readonly #requestId: string | undefined;
  #sequence: HostSequence | undefined;

  /**
   * @param request The request to send.
   * @param options The options and dependencies of the client.
   * @param chooser Chooses the hosts to try.
   */
  constructor(request: HttpRequest, options: HttpClientOptions, chooser: HostChooser) {
    this.#request = request;
    this.#options = options;
    this.#chooser = chooser;
    this.#body = encodeBody(request.body, options);
    // RSC7c: the same for all attempts.
    this.#requestId = options.addRequestIds ? randomId(options.random) : undefined;
    this.#headers = commonHeaders(request, options);
    this.#ownHeaders = lowerCased(request.headers);
    this.#target = target(request, this.#requestId);
  }

  /**
   * Sends the request to one host after the other until one responds with a result of the request (RSC15). A repeated call
   * continues with the host that responded last, and with the rest of the budget.
   *
   * @param headers Headers by lower-case name. They, and those that every request has except `accept`, override those of the
   * request: RSC19b reserves authentication, and RSC19f1 the version.
   */
  async send(headers: Record<string, string> = {}): Promise<HttpResponse> {
    this.#sequence ??= this.#chooser.begin();
    const { contentType: accept } = this.#options.codec; // RSC8c
    const all = Object.assign({ accept }, this.#ownHeaders, this.#headers, headers);
    all["ably-agent"] ??= this.#agent(); // RSC7d2
    while (true) {
      const response = await this.#try(this.#sequence, all);
      if (response) return response;
    }
  }

  /** Tries the current host. Returns undefined if the next host must be tried. */
  async #try(
    sequence: HostSequence,
    headers: Record<string, string>,
  ): Promise<HttpResponse | undefined> {
    const { host } = sequence;
    const { clock, report } = this.#options;
    const started = report && clock.now();
    let answer: Answer | undefined;
    try {
      answer = await this.#ask(sequence, headers);
    } catch (cause) {
      const { signal } = this.#request;
      if (signal?.aborted) throw signal.reason;
      const error = this.#failure(host, { cause, headers });
      this.#report(host, started, { error });
      this.#log(() => describeError(error));
      if (error.code === ErrorCode.BadRequest) throw error; // No other host would be asked either.
      sequence.failed();
      if (!sequence.next()) {
        throw error === cause
          ? error
          : this.#failure(host, { cause, headers, hosts: sequence.tried });
      }
      return undefined;
    }
    this.#report(host, started, { status: answer.status });
    this.#log(() => `${host} answered with status ${answer.status}`);
    if (answer.failed) sequence.failed();
    if (answer.content instanceof ErrorInfo) throw answer.content;
    if (!answer.failed && answer.status < 500) sequence.succeeded(); // RSC15f
    if (answer.content === undefined) sequence.next();
    return answer.content;
  }

  /** Sends the request to one host, within the time for one attempt (RSC13, RSC15l2). */
  #ask(sequence: HostSequence, headers: Record<string, string>): Promise<Answer> {
    const { clock, httpRequestTimeout: timeout } = this.#options;
    const { host } = sequence;
    const ask = async (signal: AbortSignal): Promise<Answer> => {
      const response = await this.#options.fetch(this.#url(host), {
        method: this.#request.method,
        headers,
        body: this.#body,
        // Ably never redirects. If another server does, following it would turn a POST into a GET, and the response would count
        // as Ably's.
        redirect: "manual",
        signal,
      });
      const { status } = response;
      const failed = isHostFailure(response);
      if (!signal.aborted && !(failed && sequence.hasNext)) {
        return { status, failed, content: await this.#read(response, headers) };
      }
      discard(response);
      return { status, failed };
    };
    const { signal } = this.#request;
    return withDeadline(ask, { clock, timeout, signal, onTimeout: () => this.#timedOut(host) });
  }

  /** Reads a response. If its body cannot be read, that is an error only if the status reports success. */
  async #read(
    response: Response,
    sent: Record<string, string>,
  ): Promise<HttpResponse | ErrorInfo> {
    const { status: statusCode, headers, ok } = response;
    if (ok && this.#request.isStream) return { statusCode, headers, body: response.body };
    try {
      const { codecs, codec } = this.#options;
      const body = await decodeBody(response, codecs, codec);
      return ok
        ? { statusCode, headers, body }
        : { statusCode, headers, body, error: this.#refusal(response, body) };
    } catch (cause) {
      if (!(cause instanceof ErrorInfo)) throw cause;
      // RSC10: use the error code in a header even if the body cannot be read.
      const error = new ErrorInfo({
        ...cause.toJSON(),
        cause: redacted(cause.cause, this.#secrets(response.url, sent)),
        code: errorCodeOf(headers) ?? cause.code,
        requestId: this.#requestId,
      });
      if (statusCode < 400) return error; // RSC8e2
      return { statusCode, headers, body: undefined, error }; // RSC8e1
    }
  }

  /** The error that a response reports, in its body or else in its headers. */
  #refusal({ status, headers }: Response, body: unknown): ErrorInfo {
    const wire = typeof body === "object" && body !== null && "error" in body ? body.error : null;
    const { method, path } = this.#request;
    return errorFromWire(wire, {
      message: headers.get("x-ably-errormessage") ??
        `Ably answered ${method} ${pathname(path)} with status ${status}`,
      code: errorCodeOf(headers) ?? status * 100,
      statusCode: status,
      remediation: status < 400
        ? "Check the options endpoint, port and tls: Ably does not redirect."
        : undefined,
      requestId: this.#requestId,
    });
  }

  #timedOut(host: string): ErrorInfo {
    const { httpRequestTimeout } = this.#options;
    return createError(
      ErrorCode.RequestTimeout,
      `Request to ${host} timed out after ${httpRequestTimeout} ms`,
      "Try again, or raise the option httpRequestTimeout.",
      { requestId: this.#requestId, statusCode: 408 },
    );
  }

  /** A rejection of `fetch` means that the host cannot be reached (RSC15l1), unless the runtime did not try to. */
  #failure(
    host: string,
    { cause, headers, hosts = host }: {
      cause: unknown;
      headers: Record<string, string>;
      hosts?: string;
    },
  ): ErrorInfo {
    if (cause instanceof ErrorInfo) return cause;
    const url = this.#url(host);
    const { method } = this.#request;
    const refusal = refusalOf(cause, url, { method, headers, body: this.#body });
    const reason = redacted(refusal ?? cause, this.#secrets(url, headers));
    const more = { requestId: this.#requestId, cause: reason };
    return refusal ? refusedByRuntime("send a request", more) : createError(
      ErrorCode.Disconnected,
      `Request to ${hosts} failed${because(reason) || ": the host is unreachable"}`,
      "Check the network connection, and the option endpoint if you set it.",
      { ...more, statusCode: 503 },
    );
  }

  #secrets(url: string, headers: Record<string, string>): string[] {
    return [...secretsOf(this.#target), ...secretsOf(url, [headers.authorization ?? ""])];
  }

  #url(host: string): string {
    return originOf("http", host, this.#options) + this.#target;
  }

  #report(
    host: string,
    started: number | undefined,
    outcome: Pick<RequestEvent, "status" | "error">,
  ): void {
    if (started === undefined) return;
    const { clock, report } = this.#options;
    const { method, path } = this.#request;
    const duration = clock.now() - started;
    report!({ kind: "request", method, path: pathname(path), host, duration, ...outcome });
  }

  #agent(): string {
    return agentText({ agents: [this.#options.agents?.(), this.#request.agents] });
  }

  #log(text: () => string): void {
    const { method, path } = this.#request;
    const id = this.#requestId === undefined ? "" : ` (request_id ${this.#requestId})`;
    this.#options.logger.debug(() => `${method} ${pathname(path)}${id}: ${text()}`);
  }
}

/** The response of one host. */
interface Answer {
  status: number;
  /** Whether the host failed, rather than the request. */
  failed: boolean;
  /** The response; undefined if another host should be tried. */
  content?: HttpResponse | ErrorInfo;
}

/** HP6: the error code in the headers of a response, if it is a number. */
export function errorCodeOf(headers: Headers): number | undefined {
  const code = Number(headers.get("x-ably-errorcode"));
  return Number.isSafeInteger(code) && code > 0 ? code : undefined;
}

/** RSC15l3, RSC15l4. */
function isHostFailure({ status, headers }: Response): boolean {
  return status >= 500 && status <= 504 ||
    status >= 400 && headers.get("server")?.toLowerCase() === "cloudfront";
}

function commonHeaders(
  { body, version }: HttpRequest,
  { codec, clientId }: HttpClientOptions,
): Record<string, string> {
  const headers: Record<string, string> = {
    "x-ably-version": String(version ?? PROTOCOL_VERSION), // RSC7e, CSV2c, RSC19f1
  };
  if (body != null) headers["content-type"] = codec.contentType;
  if (clientId !== null) headers["x-ably-clientid"] = toBase64(utf8(clientId)); // RSA7e2
  return headers;
}

function encodeBody(
  body: unknown,
  { codec, limits }: HttpClientOptions,
): string | Uint8Array<ArrayBuffer> | undefined {
  if (body == null) return undefined;
  const encoded = encode(body, codec);
  checkFrameSize(encoded, limits.maxFrameSize, "request body");
  return encoded;
}

function encode(body: unknown, codec: Codec): string | Uint8Array<ArrayBuffer> {
  try {
    return codec.encode(body);
  } catch (cause) {
    throw createError(
      ErrorCode.InvalidParameter,
      `The request body cannot be represented in ${codec.contentType}`,
      "Send objects without cycles and without values such as bigints.",
      { cause },
    );
  }
}

function target({ path, params }: HttpRequest, requestId: string | undefined): string {
  const absolute = path.startsWith("/") ? path : `/${path}`;
  if (requestId === undefined && isEmpty(params)) return absolute;
  const query = new URLSearchParams(params);
  if (requestId !== undefined) query.set("request_id", requestId);
  const text = query.toString();
  return text === "" ? absolute : `${absolute}${absolute.includes("?") ? "&" : "?"}${text}`;
}

function isEmpty(values: object | undefined): boolean {
  for (const _name in values) return false;
  return true;
}

/** A path without its query, which may contain secrets. */
function pathname(path: string): string {
  return path.split("?", 1)[0]!;
}

function lowerCased(headers: Record<string, string> | undefined): Record<string, string> {
  const copy: Record<string, string> = {};
  for (const name in headers) copy[name.toLowerCase()] = headers[name]!;
  return copy;
}
