import { Auth } from "../auth/auth.ts";
import { Credentials } from "../auth/credentials.ts";
import type { ClientOptions } from "./client_options.ts";
import { type ResolvedOptions, resolveOptions } from "./resolve_options.ts";
import { HttpClient } from "../http/http_client.ts";
import type { HttpSender } from "../http/http_message.ts";
import type { Limits } from "../http/limits.ts";
import type { Codec } from "../protocol/codec.ts";
import type { Agents } from "../util/agent.ts";
import type { Clock } from "../util/clock.ts";
import type { Logger } from "../util/logger.ts";
import type { RandomSource } from "../util/random.ts";
import { AuthenticatedHttp } from "../auth/authenticated_http.ts";

/** The state that the operations of a client share. */
export interface ClientContext {
  /** The options, with their defaults in place. */
  readonly options: ResolvedOptions;
  /** Sends requests with the client's credentials. */
  readonly http: HttpSender;
  /** Sends requests without credentials. */
  readonly openHttp: HttpSender;
  /** The HTTP client that sends all requests and knows the hosts. */
  readonly httpClient: HttpClient;
  /** The client's credentials. */
  readonly credentials: Credentials;
  /** The public side of the credentials. */
  readonly auth: Auth;
  /** The format of bodies. */
  readonly codec: Codec;
  /** The limits on what is sent at once; a realtime client's connection changes them (RTN21). */
  readonly limits: Limits;
  /** Writes the log. */
  readonly logger: Logger;
  /** The clock. */
  readonly clock: Clock;
  /** Draws message ids. */
  readonly random: RandomSource;
}

/**
 * Makes what the operations of a client share. Nothing is started.
 *
 * @param given The client options, a key or a token.
 * @throws {ErrorInfo} As `resolveOptions`.
 */
export function createContext(given: ClientOptions | string): ClientContext {
  const options = resolveOptions(given);
  const { codec, logger, clock, random, maxMessageSize, maxFrameSize } = options;
  const limits = { maxMessageSize, maxFrameSize };
  const httpClient = new HttpClient({ ...options, limits });
  const credentials = new Credentials(options, httpClient);
  const http = new AuthenticatedHttp(httpClient, credentials, options);
  const auth = new Auth(credentials, http);
  return {
    options,
    http,
    openHttp: httpClient,
    httpClient,
    credentials,
    auth,
    codec,
    limits,
    logger,
    clock,
    random,
  };
}

/** The same context, with all requests but those for tokens and the time attributed to a wrapper SDK (RSC7d7, WP6). */
export function attributed(context: ClientContext, agents: Agents): ClientContext {
  const http = attributedSender(context.http, agents);
  return {
    ...context,
    http,
    auth: new Auth(context.credentials, http),
    openHttp: attributedSender(context.openHttp, agents),
  };
}

function attributedSender(http: HttpSender, agents: Agents): HttpSender {
  return { send: (request) => http.send({ ...request, agents }) };
}
