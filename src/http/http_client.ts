import type { Telemetry } from "../util/telemetry.ts";
import * as ErrorCode from "../error_numbers.ts";
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
import { refusalOf, refusedByRuntime, withRefusal } from "./runtime_refusal.ts";

/** `fetch`, as a plain function that may be called without `this`. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** The options of {@linkcode HttpClient}. A client's resolved options include all but the limits. */
export interface HttpClientOptions extends FallbackOptions {
  /** True to use TLS (RSC18). */
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

/** The headers of a request that depend on its credentials. */
export interface SentCredentials {
  /** The value of the `Authorization` header; undefined for a request without credentials. */
  authorization?: string;
  /** True to declare a server. */
  server?: boolean;
}

/** One request with all its attempts. */
export class HttpExchange {
  readonly #request: HttpRequest;
  readonly #options: HttpClientOptions;
  readonly #chooser: HostChooser;
  readonly #body: string | Uint8Array<ArrayBuffer> | undefined;
  readonly #target: string;
  readonly #requestId: string | undefined;
  #sequence: HostSequence | undefined;
  /** The failure of the first host. */
  #firstFailure: ErrorInfo | undefined;

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
    this.#target = target(request, this.#requestId);
  }

  /**
   * Sends the request to one host after the other until one responds with a result of the request (RSC15). A repeated call
   * continues with the host that responded last, and with the rest of the budget.
   */
  async send(credentials: SentCredentials = {}): Promise<HttpResponse> {
    const sequence = this.#sequence ??= this.#chooser.begin();
    const headers = this.#headers(credentials);
    const { clock, report } = this.#options;
    while (true) {
      const host = sequence.host();
      const started = report && clock.now();
      let answer: Answer;
      try {
        answer = await this.#ask(sequence, headers);
      } catch (cause) {
        const { signal } = this.#request;
        if (signal?.aborted) throw signal.reason;
        answer = { failed: true, error: this.#failure(cause, { host, headers }), cause };
      }
      this.#note(host, started, answer);
      const response = this.#judge(answer, sequence, headers);
      if (response) return response;
    }
  }

  /** The headers of the request override `accept` only: RSC19b reserves authentication, and RSC19f1 the version. */
  #headers({ authorization, server }: SentCredentials): Record<string, string> {
    const { body, version, headers, agents } = this.#request;
    const { codec, clientId, agents: own } = this.#options;
    const all: Record<string, string> = { accept: codec.contentType }; // RSC8c
    for (const name in headers) all[name.toLowerCase()] = headers[name]!;
    all["x-ably-version"] = String(version ?? PROTOCOL_VERSION); // RSC7e, CSV2c, RSC19f1
    all["ably-agent"] = agentText({ server, agents: [own?.(), agents] }); // RSC7d2
    if (body != null) all["content-type"] = codec.contentType;
    if (clientId !== null) all["x-ably-clientid"] = toBase64(utf8(clientId)); // RSA7e2
    if (authorization !== undefined) all.authorization = authorization;
    return all;
  }

  /** The response, if it is a result of the request; undefined if the next host must be tried. */
  #judge(
    { status, failed, content, error, refusal, cause }: Answer,
    sequence: HostSequence,
    headers: Record<string, string>,
  ): HttpResponse | undefined {
    if (error?.code === ErrorCode.BadRequest) { // No other host would be asked either.
      throw this.#firstFailure ? withRefusal(this.#firstFailure, error) : error;
    }
    if (failed) sequence.failed();
    if (content instanceof ErrorInfo) throw content;
    if (!failed && status! < 500) sequence.succeeded(); // RSC15f
    if (content) return content;
    this.#firstFailure ??= error ?? refusal;
    if (!sequence.next() && error) {
      throw this.#failure(cause, { host: sequence.host(), headers, hosts: sequence.tried() });
    }
    return undefined;
  }

  /** Sends the request to one host, within the time for one attempt (RSC13, RSC15l2). */
  #ask(sequence: HostSequence, headers: Record<string, string>): Promise<Answer> {
    const { clock, httpRequestTimeout: timeout, fetch } = this.#options;
    const host = sequence.host();
    const { method, signal } = this.#request;
    const ask = async (signal: AbortSignal): Promise<Answer> => {
      const response = await fetch(this.#url(host), {
        method,
        headers,
        body: this.#body,
        // Ably never redirects. If another server does, following it would turn a POST into a GET, and the response would count
        // as Ably's.
        redirect: "manual",
        signal,
      });
      const { status } = response;
      const failed = isHostFailure(response);
      if (!signal.aborted && !(failed && sequence.hasNext())) {
        return { status, failed, content: await this.#read(response, headers) };
      }
      discard(response);
      return { status, failed, refusal: this.#refusal(response, undefined) };
    };
    const onTimeout = () =>
      createError(
        ErrorCode.RequestTimeout,
        `Request to ${host} timed out after ${timeout} ms`,
        "Try again, or raise the option httpRequestTimeout.",
        { requestId: this.#requestId, statusCode: 408 },
      );
    return withDeadline(ask, { clock, timeout, signal, onTimeout });
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
      const error = ok ? undefined : this.#refusal(response, body);
      return { statusCode, headers, body, error };
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
    const { method, path } = this.#request;
    return errorFromWire(Object(body).error, {
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

  /** A rejection of `fetch` means that the host cannot be reached (RSC15l1), unless the runtime did not try to. */
  #failure(
    cause: unknown,
    { host, headers, hosts = host }: {
      host: string;
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

  /** Logs the result of an attempt, and reports it if it was started for that. */
  #note(host: string, started: number | undefined, { status, error }: Answer): void {
    const { clock, report, logger } = this.#options;
    const { method } = this.#request;
    logger.debug(() => {
      const id = this.#requestId === undefined ? "" : ` (request_id ${this.#requestId})`;
      const result = error ? describeError(error) : `${host} answered with status ${status}`;
      return `${method} ${pathname(this.#request.path)}${id}: ${result}`;
    });
    if (started === undefined) return;
    const path = pathname(this.#request.path);
    const duration = clock.now() - started;
    report!({ kind: "request", method, path, host, duration, ...(error ? { error } : { status }) });
  }
}

/** The response of one host, or its failure. */
interface Answer {
  status?: number;
  /** Whether the host failed, rather than the request. */
  failed: boolean;
  /** The response; undefined if another host should be tried. */
  content?: HttpResponse | ErrorInfo;
  /** The error of the status, if another host should be tried. */
  refusal?: ErrorInfo;
  /** The error of a host that sent no response, and the error of the runtime that it was made from. */
  error?: ErrorInfo;
  cause?: unknown;
}

/** HP6: the error code in the headers of a response, if it is a number. */
export function errorCodeOf(headers: Headers): number | undefined {
  const code = Number(headers.get("x-ably-errorcode"));
  return Number.isSafeInteger(code) && code > 0 ? code : undefined;
}

/** RSC15l3, RSC15l4. */
function isHostFailure(response: Response): boolean {
  const { status } = response;
  return status >= 500 && status <= 504 ||
    status >= 400 && response.headers.get("server")?.toLowerCase() === "cloudfront";
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
