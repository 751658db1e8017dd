import { isTokenError } from "../errors.ts";
import type { HttpClient } from "../http/http_client.ts";
import type { HttpRequest, HttpResponse, HttpSender } from "../http/http_message.ts";
import { toBase64, utf8 } from "../util/bytes.ts";
import { tokenNotRenewable } from "./auth_errors.ts";
import type { Credentials } from "./credentials.ts";

/**
 * Sends requests to Ably with the client's credentials (RSC9). If a token is refused, it gets a new one and sends the
 * request again, once (RSC10).
 */
export class AuthenticatedHttp implements HttpSender {
  readonly #http: HttpClient;
  readonly #credentials: Credentials;
  readonly #isServer: boolean;
  /** The header of the last request, because most requests have the same one. */
  #sent: { credential: string; header: string } | undefined;

  /**
   * @param http Sends requests.
   * @param credentials The credentials to send.
   * @param isServer Whether to declare a server when a key is used.
   */
  constructor(http: HttpClient, credentials: Credentials, isServer: boolean) {
    this.#http = http;
    this.#credentials = credentials;
    this.#isServer = isServer;
  }

  /**
   * Sends a request.
   *
   * @throws {ErrorInfo} As `HttpClient.send`; 40171 if the token is refused and there is no way to get another one
   * (RSA4a2); or the error of getting a token.
   */
  async send(request: HttpRequest): Promise<HttpResponse> {
    const exchange = this.#http.prepare(request);
    for (let isRenewed = false;; isRenewed = true) {
      const { key, token } = await this.#credentials.current(request.signal);
      const response = await exchange.send({
        authorization: this.#header(key ? "Basic" : "Bearer", key ?? token!), // RSA11, RSA3b
        // Ably accepts the claim to be a server only with a key; a JWT makes that claim itself.
        server: this.#isServer && key !== undefined,
      });
      if (token === undefined || !refusesToken(response)) return response;
      this.#credentials.invalidate(token); // RSA16d
      if (isRenewed) return response; // RSA4b: a single attempt with a new token.
      if (!this.#credentials.canRenew) throw tokenNotRenewable(response.error); // RSA4a2
    }
  }

  #header(scheme: string, credential: string): string {
    if (this.#sent?.credential !== credential) {
      this.#sent = { credential, header: `${scheme} ${toBase64(utf8(credential))}` };
    }
    return this.#sent.header;
  }
}

/** RSC10: the HTTP status decides, not the statusCode in the body. */
function refusesToken({ statusCode, error }: HttpResponse): boolean {
  return error !== undefined && isTokenError({ code: error.code, statusCode });
}
