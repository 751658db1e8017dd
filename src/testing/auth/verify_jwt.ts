import { fromBase64Lenient, fromUtf8Strict, utf8 } from "../../util/bytes.ts";
import { hmacKey } from "../../token/hmac.ts";
import type { AppKey } from "../core/app_key.ts";
import type { AppRegistry } from "../core/app_registry.ts";
import type { AblyApp } from "../core/ably_app.ts";
import { readUserClaims } from "../core/user_claims.ts";
import { ServiceCode, serviceError } from "../core/service_error.ts";
import { type Grants, intersect, parseGrants } from "./capability_rules.ts";
import type { Grant } from "./grant.ts";
import { openJwt } from "./jwe.ts";

/** The longest life of a token, in milliseconds. */
export const MAX_TTL = 24 * 60 * 60 * 1000;

interface Admitted {
  readonly app: AblyApp;
  readonly grant: Grant;
}

/** Whether a token has the form of a JWT, possibly encrypted. */
export function isJwt(token: string): boolean {
  const parts = token.split(".");
  return (parts.length === 3 || parts.length === 5) && readJson(parts[0]!) !== undefined;
}

/**
 * Checks an Ably JWT: signed with HS256 by the key that `kid` names. The caller checks its expiry, after the signature.
 *
 * @param admitInner Admits an Ably token that the JWT wraps.
 * @throws {ErrorInfo} 40101 or 40400 if it names a token or key that is not known; 40144 for all other faults, so that clients
 *   renew it.
 */
export async function verifyJwt(
  apps: AppRegistry,
  token: string,
  admitInner: (token: string) => Admitted,
): Promise<Admitted> {
  const { app, key } = findKey(apps, token);
  const signed = token.split(".").length === 5 ? await openJwt(token, key.secret) : token;
  const [header = "", body = "", signature = ""] = signed?.split(".") ?? [];
  const head = readJson(header);
  const valid = head?.alg === "HS256" && head.kid === key.name && await crypto.subtle.verify(
    "HMAC",
    await hmacKey(key.secret),
    signatureBytes(signature),
    utf8(`${header}.${body}`),
  );
  if (!valid) {
    throw undecodable("The JWT is not signed with HS256 and the key that it names");
  }
  const claims = readJson(body) ?? {};
  const issued = seconds(claims, "iat");
  const expires = seconds(claims, "exp");
  if (expires - issued > MAX_TTL) {
    throw undecodable("The JWT lives longer than 24 hours");
  }
  const wrapped = text(claims, "x-ably-token");
  if (wrapped !== undefined) {
    const inner = admitInner(wrapped);
    return {
      app: inner.app,
      grant: { ...inner.grant, expires: Math.min(expires, inner.grant.expires ?? expires) },
    };
  }
  const clientId = text(claims, "x-ably-clientId");
  return {
    app,
    grant: {
      key,
      method: "token",
      clientId: clientId === "*" ? undefined : clientId,
      wildcard: clientId === "*",
      grants: claimedGrants(claims["x-ably-capability"], key.grants),
      token,
      issued,
      expires,
      revocationKey: text(claims, "x-ably-revocation-key"),
      claims: readUserClaims(claims),
    },
  };
}

/** The key that a JWT is signed with, or encrypted for. */
function findKey(apps: AppRegistry, token: string): { app: AblyApp; key: AppKey } {
  const name = readJson(token.slice(0, token.indexOf(".")))?.kid;
  if (typeof name !== "string") throw undecodable("The JWT does not name its key in kid");
  const app = apps.ofName(name);
  const key = app?.keyNamed(name);
  if (app !== undefined && key !== undefined) return { app, key };
  throw serviceError(ServiceCode.NotFound, "The key that the JWT names is not known");
}

function claimedGrants(claim: unknown, permitted: Grants): Grants {
  return claim === undefined ? permitted : intersect(parseClaimedGrants(claim), permitted);
}

function parseClaimedGrants(claim: unknown): Grants {
  try {
    return parseGrants(claim);
  } catch {
    throw undecodable("The claim x-ably-capability of the JWT is not a capability");
  }
}

function seconds(claims: Record<string, unknown>, name: string): number {
  const value = claims[name];
  if (typeof value === "number" && Number.isFinite(value)) return value * 1000;
  // Not 401, because a client that renews would get the same token again.
  throw serviceError(ServiceCode.TokenUndecodable, `The JWT has no claim ${name} in seconds`, 400);
}

function text(claims: Record<string, unknown>, name: string): string | undefined {
  const value = claims[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string" && value !== "") return value;
  throw undecodable(`The claim ${name} of the JWT must be non-empty text`);
}

function undecodable(message: string): Error {
  return serviceError(ServiceCode.TokenUndecodable, message);
}

function readJson(part: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(fromUtf8Strict(fromBase64Lenient(part)));
    return typeof value === "object" && value !== null
      ? value as Record<string, unknown>
      : undefined;
  } catch {
    return undefined;
  }
}

function signatureBytes(part: string): Uint8Array<ArrayBuffer> {
  try {
    return fromBase64Lenient(part);
  } catch {
    return new Uint8Array();
  }
}
