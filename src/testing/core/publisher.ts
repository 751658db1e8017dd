import type { Grant } from "../auth/grant.ts";
import type { Claims } from "./user_claims.ts";
import { ServiceCode, serviceError } from "./service_error.ts";

/** The author of a publish: a clientId and a connection. */
export interface Publisher {
  readonly clientId?: string;
  /** Whether any clientId may be used. */
  readonly wildcard: boolean;
  /** The claims about the user in the token. */
  readonly claims?: Claims;
  /** The connection it is published on; absent for REST. */
  readonly connectionId?: string;
}

/** The publisher with these credentials. */
export function publisherOf(grant: Grant, connectionId?: string): Publisher {
  const { clientId, wildcard, claims } = grant;
  return { clientId, wildcard, claims, connectionId };
}

/**
 * The clientId of a published item.
 *
 * @param named The clientId in the item, if any.
 * @throws {ErrorInfo} 40012 if the publisher may not use it.
 */
export function resolveClientId(publisher: Publisher, named: unknown): string | undefined {
  if (named === undefined || named === null) return publisher.clientId;
  if (typeof named !== "string" || named === "" || named === "*") {
    throw serviceError(ServiceCode.InvalidClientId, "The clientId of the message is invalid");
  }
  if (publisher.clientId !== undefined ? publisher.clientId !== named : !publisher.wildcard) {
    // RSL1m4: wildcard credentials are limited, too, to the clientId in the connection or request.
    throw serviceError(
      ServiceCode.InvalidClientId,
      "The clientId of the message does not match the clientId of the connection or request",
    );
  }
  return named;
}
