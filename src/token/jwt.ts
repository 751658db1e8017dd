import { checkParameter, invalidTokenParameter } from "./token_errors.ts";
import { toBase64Url, utf8 } from "../util/encode_bytes.ts";
import { kindOf, NOT_EMPTY, readEntries, readMembers, type Shape } from "../util/read_members.ts";
import { type Capability, signedCapability } from "./capability.ts";
import { signature } from "./hmac.ts";
import { parseKey } from "./key.ts";
import {
  checkClientId,
  checkLifetime,
  checkTimestamp,
  readExactly,
  warnOfSeconds,
} from "./token_request.ts";

/** The content of a JWT: the rights and the identity of its bearer. */
export interface JwtParams {
  /**
   * The lifetime of the token in milliseconds, up to 24 hours. Defaults to 60 minutes. A value that was probably meant in
   * seconds causes a warning.
   */
  ttl?: number | null;
  /** The rights of the token; not empty. Defaults to all rights of the key. */
  capability?: Capability | string | null;
  /** The clientId of the token; `"*"` allows any clientId; without it, the bearer is anonymous. */
  clientId?: string | null;
  /** When the token is issued, in milliseconds since the Unix epoch. Defaults to now. */
  timestamp?: number | null;
  /** Whether Ably counts the bearer as a server or as a device. Only a JWT can state this. */
  clientType?: "server" | "device" | null;
  /** A name by which to revoke this token and others that share it (RSA17). */
  revocationKey?: string | null;
  /**
   * Claims about the bearer that other clients can read, by channel name or pattern: strings, or values that are sent as JSON.
   */
  channelClaims?: Record<string, unknown> | null;
  /** The same, by the name or pattern of a Chat room. */
  roomClaims?: Record<string, unknown> | null;
  /** The number of messages that the bearer may publish in a second, by channel name or pattern. */
  publishRates?: Record<string, number> | null;
  /** Further claims of your own. Names that have a meaning to Ably are refused. */
  claims?: Record<string, unknown> | null;
}

/** The source of the time, for tests. */
export interface JwtSources {
  /** Milliseconds since the Unix epoch. Defaults to the runtime's clock. */
  now?: () => number;
}

/** The members of JWT params. */
export const JWT_PARAMS: Shape<JwtParams> = {
  what: "The JWT params",
  names: {
    ttl: true,
    capability: true,
    clientId: true,
    timestamp: true,
    clientType: NOT_EMPTY,
    revocationKey: NOT_EMPTY,
    channelClaims: true,
    roomClaims: true,
    publishRates: true,
    claims: true,
  },
};

const SOURCES: Shape<JwtSources> = { what: "The sources", names: { now: "function" } };

const DEFAULT_TTL = 60 * 60 * 1000;
const SEE = "See the documentation of JwtParams.";

/**
 * Signs a token as a JSON Web Token (TN3): HS256, with the name of the key as `kid`. A client uses it directly, without an
 * exchange. Signing needs no network.
 *
 * Anyone who has the token can read its contents. A long capability makes it too long for a header: use
 * {@linkcode createTokenRequest} then.
 *
 * @param key The API key, `appId.keyId:secret`.
 * @param params The rights and the identity of the token.
 * @param sources The time, for tests.
 * @throws {ErrorInfo} 40005 for a malformed key, 40003 for a bad ttl, timestamp, rate or claim, and for a param whose name
 * differs slightly from a known one, 40000 for a bad capability, 40012 for a bad clientId.
 *
 * @example A token for one user and one channel
 * ```ts
 * import { signJwt } from "@ably-edge/sdk/token";
 *
 * const jwt = await signJwt("appId.keyId:secret", {
 *   clientId: "jim",
 *   capability: { "orders:jim": ["subscribe"] },
 *   ttl: 15 * 60 * 1000,
 * });
 * console.log(jwt.split(".").length);
 * ```
 */
export async function signJwt(
  key: string,
  params?: JwtParams | null,
  sources?: JwtSources | null,
): Promise<string> {
  const { name, secret } = parseKey(key);
  const { now } = readMembers(sources, SOURCES);
  const header = segment({ typ: "JWT", alg: "HS256", kid: name });
  const content = `${header}.${segment(claimsOf(params, now?.call(sources) ?? Date.now()))}`;
  return `${content}.${toBase64Url(new Uint8Array(await signature(secret, content)))}`;
}

function segment(value: object): string {
  return toBase64Url(utf8(JSON.stringify(value)));
}

function claimsOf(given: JwtParams | null | undefined, now: number): Record<string, unknown> {
  const params = readExactly(given, JWT_PARAMS);
  const issued = Math.floor(checkTimestamp(params.timestamp ?? now) / 1000);
  const { ttl = DEFAULT_TTL, capability, clientId, clientType, revocationKey } = params;
  warnOfSeconds(ttl);
  return {
    ...claims("", params.claims, ownClaim),
    ...claims("ably.channel.", params.channelClaims, channelClaim),
    ...claims("ably.room.", params.roomClaims, channelClaim),
    ...claims("ably.limits.publish.perAttachment.maxRate.", params.publishRates, checkRate),
    "iat": issued,
    // Rounded up: with a ttl below a second, the token would have expired at once.
    "exp": issued + Math.ceil(checkLifetime(ttl) / 1000),
    "x-ably-capability": capability === undefined ? undefined : signedCapability(capability),
    "x-ably-clientId": clientId === undefined ? undefined : checkClientId(clientId),
    "x-ably-clientType": clientType,
    "x-ably-revocation-key": revocationKey,
  };
}

/**
 * Claims from an object with names of the caller's choice.
 *
 * @param prefix The beginning of their names; empty for claims of the caller's own.
 * @param convert Checks a value and returns the claim.
 */
function claims(
  prefix: string,
  given: unknown,
  convert: (value: unknown, name: string) => unknown,
): Record<string, unknown> {
  const what = prefix ? "The claims by channel" : "The member claims";
  return Object.fromEntries(
    readEntries(given, { what }).map(([name, value]) => [prefix + name, convert(value, name)]),
  );
}

/** A copy of a claim in its JSON form. A `toJSON` among the claims would otherwise replace all of them. */
function ownClaim(value: unknown, name: string): unknown {
  // Claims that Ably interprets would bypass the checks here.
  checkParameter(!/^(iat$|exp$|x-ably-|ably\.)/.test(name), `The claim "${name}" is reserved`, SEE);
  const text = jsonText(value, name);
  return text === undefined ? undefined : JSON.parse(text);
}

function jsonText(value: unknown, name: string): string | undefined {
  const type = typeof value;
  checkParameter(
    type !== "function" && type !== "symbol",
    `The claim "${name}" can't be written as JSON: it is a ${type}`,
    SEE,
  );
  try {
    return JSON.stringify(value);
  } catch {
    throw invalidTokenParameter(`The claim "${name}" can't be written as JSON`, SEE);
  }
}

function channelClaim(claim: unknown, name: string): string | undefined {
  return typeof claim === "string" ? claim : jsonText(claim, name);
}

function checkRate(rate: unknown): unknown {
  checkParameter(
    Number.isFinite(rate) && Number(rate) > 0,
    `A publish rate must be a positive number of messages a second, got ${
      typeof rate === "number" ? rate : kindOf(rate)
    }`,
    SEE,
  );
  return rate;
}
