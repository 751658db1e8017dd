import { parseKey } from "../../token/key.ts";
import { fromBase64Lenient, fromUtf8Strict } from "../../util/bytes.ts";
import type { AppKey } from "../core/app_key.ts";
import type { AppRegistry } from "../core/app_registry.ts";
import type { AblyApp } from "../core/ably_app.ts";
import { ServiceCode, serviceError } from "../core/service_error.ts";
import type { Grant } from "./grant.ts";
import { isJwt, verifyJwt } from "./verify_jwt.ts";

/** The credentials of a request. */
export interface Credentials {
  key?: string;
  token?: string;
  /** The clientId that the client claims. */
  clientId?: string;
}

/** An accepted client, and its app. */
export interface Admission {
  readonly app: AblyApp;
  readonly grant: Grant;
}

/**
 * Checks credentials.
 *
 * @throws {ErrorInfo} 40101, 40102, 40106, 40141, 40142 or 40400 if they are not accepted.
 */
export async function admit(apps: AppRegistry, credentials: Credentials): Promise<Admission> {
  const { key, token, clientId } = credentials;
  if (key) return withClientId(admitKey(apps, key), clientId);
  if (!token) throw serviceError(ServiceCode.NoCredentials, "No credentials were given");
  const admission = isJwt(token)
    ? await verifyJwt(apps, token, (inner) => admitToken(apps, inner))
    : admitToken(apps, token);
  checkValidity(admission);
  return withClientId(admission, clientId);
}

/** The credentials of a request: its `Authorization` header, or else its query. */
export function credentialsOf(headers: Headers, query: URLSearchParams): Credentials {
  // A `clientId` in the query of a request is not a claim but a filter, such as that of presence members.
  const clientId = decodeClientIdHeader(headers.get("X-Ably-ClientId"));
  const authorization = headers.get("Authorization");
  if (authorization !== null) return { ...readAuthorization(authorization), clientId };
  return { ...queryCredentials(query), clientId };
}

/** The credentials that a WebSocket is opened with. */
export function socketCredentialsOf(query: URLSearchParams): Credentials {
  return { ...queryCredentials(query), clientId: query.get("clientId") || undefined };
}

function queryCredentials(query: URLSearchParams): Credentials {
  const key = query.get("key") ?? undefined;
  const token = query.get("accessToken") ?? query.get("access_token") ?? undefined;
  return { key, token };
}

/**
 * Checks that a token is still valid.
 *
 * @throws {ErrorInfo} 40141 or 40142 if it is not.
 */
export function checkValidity({ app, grant }: Admission): void {
  if (grant.expires !== undefined && grant.expires <= app.clock.now()) {
    throw serviceError(ServiceCode.TokenExpired, "The token has expired");
  }
  if (app.revocations.isRevoked(grant, app.clock.now())) {
    throw serviceError(ServiceCode.TokenRevoked, "The token has been revoked");
  }
}

function admitKey(apps: AppRegistry, text: string): Admission {
  const { name, secret } = readKey(text);
  const app = apps.ofName(name);
  if (app === undefined) throw rejected("The app of the key is not known");
  const key = app.keyNamed(name);
  if (key === undefined) {
    // The service responds to an unknown key of a known app with this code and status.
    throw serviceError(ServiceCode.NotFound, "The key is not known", 401);
  }
  if (key.secret !== secret) throw rejected("The secret of the key is wrong");
  return { app, grant: keyGrant(key) };
}

/** The rights of the key itself. */
export function keyGrant(key: AppKey): Grant {
  return { key, method: "key", wildcard: true, grants: key.grants };
}

function admitToken(apps: AppRegistry, token: string): Admission {
  const app = apps.ofName(token);
  const grant = app?.tokens.find(token);
  if (app === undefined || grant === undefined) throw rejected("The token is not known");
  return { app, grant };
}

/**
 * The admission of a client that gives its clientId in the request.
 *
 * @throws {ErrorInfo} 40102 if the credentials are for another clientId.
 */
export function withClientId(admission: Admission, clientId: string | undefined): Admission {
  const { app, grant } = admission;
  if (clientId === undefined || clientId === "*" || grant.clientId === clientId) return admission;
  if (grant.clientId !== undefined || !grant.wildcard) {
    throw serviceError(
      ServiceCode.IncompatibleCredentials,
      "The clientId does not match the clientId of the token",
    );
  }
  return { app, grant: { ...grant, clientId } };
}

function readKey(text: string): { name: string; secret: string } {
  try {
    return parseKey(text);
  } catch {
    throw rejected("The key is malformed");
  }
}

function readAuthorization(header: string): Credentials {
  const [scheme = "", value = ""] = header.trim().split(/\s+/, 2);
  if (/^basic$/i.test(scheme)) return { key: decoded(value) ?? malformedHeader() };
  if (/^bearer$/i.test(scheme) && value !== "") {
    // Clients send the token in base64 (RSA3b); other HTTP tools send it directly.
    const text = value.includes(".") ? undefined : decoded(value);
    return { token: text !== undefined && /^[\x21-\x7e]+$/.test(text) ? text : value };
  }
  return malformedHeader();
}

function decoded(text: string): string | undefined {
  try {
    return fromUtf8Strict(fromBase64Lenient(text));
  } catch {
    return undefined;
  }
}

function decodeClientIdHeader(value: string | null): string | undefined {
  return value === null || value === "" ? undefined : decoded(value) ?? value;
}

function malformedHeader(): never {
  throw rejected("The Authorization header is malformed");
}

function rejected(message: string): Error {
  return serviceError(ServiceCode.InvalidCredentials, message);
}
