import { Auth } from "../auth/auth.ts";
import { AuthenticatedHttp } from "../auth/authenticated_http.ts";
import { Credentials } from "../auth/credentials.ts";
import type { ClientOptions } from "./client_options.ts";
import { type ResolvedOptions, resolveOptions } from "./resolve_options.ts";
import { HttpClient } from "../http/http_client.ts";
import type { HostChooser } from "../http/fallback.ts";
import type { HttpSender } from "../http/http_message.ts";
import type { Limits } from "../http/limits.ts";
import type { Agents } from "../util/agent.ts";

/** The state that the operations of a client share. */
export interface ClientContext {
  /** The options, with their defaults in place. */
  readonly options: ResolvedOptions;
  /** Sends requests with the client's credentials. */
  readonly http: HttpSender;
  /** Sends requests without credentials. */
  readonly publicHttp: HttpSender;
  /** Ably's hosts, and the one that worked last (RSC15f, RTN17e). */
  readonly hosts: HostChooser;
  /** The client's credentials. */
  readonly credentials: Credentials;
  /** The public side of the credentials. */
  readonly auth: Auth;
  /** The limits on the size of a publish and of a frame; a realtime client's connection changes them (RTN21). */
  readonly limits: Limits;
}

/**
 * Makes the state that the operations of a client share. Nothing is started.
 *
 * @param given The client options, a key or a token.
 * @throws {ErrorInfo} As `resolveOptions`.
 */
export function createContext(given: ClientOptions | string): ClientContext {
  const options = resolveOptions(given);
  const limits = { maxMessageSize: options.maxMessageSize, maxFrameSize: options.maxFrameSize };
  const { logger } = options;
  const publicHttp = new HttpClient({ ...options, logger: logger.of("http"), limits });
  const credentials = new Credentials({ ...options, logger: logger.of("auth") }, publicHttp);
  const http = new AuthenticatedHttp(publicHttp, credentials, options.isServer);
  const auth = new Auth(credentials, http);
  return { options, http, publicHttp, hosts: publicHttp.hosts, credentials, auth, limits };
}

/** The same context, but all requests except those for tokens and the time are attributed to a wrapper SDK (RSC7d7, WP6). */
export function attributed(context: ClientContext, agents: Agents): ClientContext {
  const http = attributedSender(context.http, agents);
  return {
    ...context,
    http,
    auth: new Auth(context.credentials, http),
    publicHttp: attributedSender(context.publicHttp, agents),
  };
}

function attributedSender(http: HttpSender, agents: Agents): HttpSender {
  return { send: (request) => http.send({ ...request, agents }) };
}
