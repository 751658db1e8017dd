import { isTokenError } from "../errors.ts";
import type { HttpClient } from "../http/http_client.ts";
import type { HttpRequest, HttpResponse, HttpSender } from "../http/http_message.ts";
import { type Agents, agentText } from "../util/agent.ts";
import { tokenNotRenewable } from "./auth_errors.ts";
import type { Credentials } from "./credentials.ts";

/** The options of {@linkcode AuthenticatedHttp}. A client's resolved options include them. */
export interface AuthenticatedHttpOptions {
  /** Whether to declare a server when a key is used. */
  isServer: boolean;
  /** The current products for the agent identifier (RSC7d6). */
  agents: () => Agents;
}

/**
 * Sends requests to Ably with the client's credentials (RSC9). If a token is refused, it gets a new one and sends the
 * request again, once (RSC10).
 */
export class AuthenticatedHttp implements HttpSender {
  readonly #http: HttpClient;
  readonly #credentials: Credentials;
  readonly #options: AuthenticatedHttpOptions;

  /**
   * @param http Sends requests.
   * @param credentials The credentials to send.
   * @param options The agents of the client, and whether it is a server.
   */
  constructor(http: HttpClient, credentials: Credentials, options: AuthenticatedHttpOptions) {
    this.#http = http;
    this.#credentials = credentials;
    this.#options = options;
  }

  /**
   * Sends a request.
   *
   * @throws {ErrorInfo} As `HttpClient.send`; 40171 if the token is refused and there is no way to get another one
   * (RSA4a2); or the error of getting a token.
   */
  async send(request: HttpRequest): Promise<HttpResponse> {
    const { signal } = request;
    const exchange = this.#http.prepare(request);
    const first = await this.#credentials.authorization(signal);
    const response = await exchange.send(this.#headers(request, first.header));
    if (first.token === undefined || !refusesToken(response)) return response;

    this.#credentials.invalidate(first.token);
    // RSA4a2
    if (!this.#credentials.canRenew) throw tokenNotRenewable(response.error);
    // RSA4b: a single attempt, with a new header.
    const second = await this.#credentials.authorization(signal);
    const last = await exchange.send(this.#headers(request, second.header));
    if (second.token !== undefined && refusesToken(last)) {
      this.#credentials.invalidate(second.token); // RSA16d
    }
    return last;
  }

  #headers({ agents: wrapper }: HttpRequest, authorization: string): Record<string, string> {
    return { authorization, "ably-agent": this.#agent(wrapper) };
  }

  #agent(wrapper: Agents | undefined): string {
    const { agents, isServer } = this.#options;
    // Ably accepts the claim to be a server only with a key; a JWT makes that claim itself.
    const server = isServer && this.#credentials.method === "basic";
    return agentText({ server, agents: [agents(), wrapper] });
  }
}

/** RSC10: the HTTP status decides, not the statusCode in the body. */
function refusesToken({ statusCode, error }: HttpResponse): boolean {
  return error !== undefined && isTokenError({ code: error.code, statusCode });
}
