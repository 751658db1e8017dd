import { createError } from "../errors.ts";
import * as ErrorCode from "../error_numbers.ts";
import { invalidTokenParameter } from "./token_errors.ts";
import { toBase64 } from "../util/encode_bytes.ts";
import { randomId, type RandomSource } from "../util/random.ts";
import { didYouMean, nearMisses } from "../util/near_misses.ts";
import { type Members, readMembers, type Shape } from "../util/read_members.ts";
import { type Capability, signedCapability } from "./capability.ts";
import { signature } from "./hmac.ts";
import { parseKey } from "./key.ts";

/** The parameters of a token (TK1). */
export interface TokenParams {
  /**
   * The lifetime of the token in milliseconds, up to 24 hours. Ably's default is 60 minutes (TK2a). A value that was probably
   * meant in seconds causes a warning.
   */
  ttl?: number | null;
  /** The rights of the token; not empty. Ably's default is all rights of the key (TK2b). */
  capability?: Capability | string | null;
  /** The clientId of the token; `"*"` allows any clientId; without it, the token is anonymous (TK2c). */
  clientId?: string | null;
  /** When the request is made, in milliseconds since the Unix epoch. Defaults to now (TK2d). */
  timestamp?: number | null;
  /** At least 16 characters that are used only once. Drawn at random by default (TK2e, RSA9c). */
  nonce?: string | null;
}

/** The members of token params. */
export const TOKEN_PARAMS: Shape<TokenParams> = {
  what: "The token params",
  names: { ttl: true, capability: true, clientId: true, timestamp: true, nonce: true },
};

const SOURCES: Shape<SigningSources> = {
  what: "The sources",
  names: { now: "function", random: "object" },
};

/** A signed request for a token. It can be given to a client, which exchanges it for the token (TE1). */
export interface TokenRequest {
  /** The name of the key that signed it (TE2). */
  keyName: string;
  /** The lifetime of the token, in milliseconds (TE4, RSA9e). */
  ttl?: number;
  /** The rights of the token, as JSON text (TE3). */
  capability?: string;
  /** The clientId of the token (TE2). */
  clientId?: string;
  /** When the request was made, in milliseconds since the Unix epoch (TE5). */
  timestamp: number;
  /** A value that makes the request unique (TE2). */
  nonce: string;
  /** The signature: HMAC-SHA256 in base64 (TE2). */
  mac: string;
}

/** The sources of time and randomness for a token request. */
export interface SigningSources {
  /** Milliseconds since the Unix epoch. Defaults to the runtime's clock. */
  now?: () => number;
  /** Defaults to the runtime's random source. */
  random?: RandomSource;
}

/**
 * The text that a token request's `mac` signs (RSA9g): six lines, each ended by a line feed; an absent value is an empty line.
 * The signed values are those that are sent, byte by byte.
 */
export function tokenRequestText(request: Omit<TokenRequest, "mac">): string {
  const { keyName, ttl, capability, clientId, timestamp, nonce } = request;
  return `${keyName}\n${ttl ?? ""}\n${capability ?? ""}\n${
    clientId ?? ""
  }\n${timestamp}\n${nonce}\n`;
}

/**
 * Signs a token request (RSA9a). The key signs locally, without network; the client that receives the request exchanges it for
 * a token.
 *
 * @param key The API key, `appId.keyId:secret`.
 * @param params The params of the token. Ably decides about those that are left out (RSA5, RSA6).
 * @param sources Time and randomness, for tests.
 * @returns A request that may be sent to a client: it contains no secret.
 * @throws {ErrorInfo} 40005 for a malformed key, 40003 for a bad ttl, timestamp or nonce, and for a param whose name differs
 * slightly from a known one, 40000 for a bad capability, 40012 for a bad clientId.
 *
 * @example A token request for one user
 * ```ts
 * import { createTokenRequest } from "@ably-edge/sdk/token";
 *
 * const request = await createTokenRequest("appId.keyId:secret", {
 *   clientId: "jim",
 *   capability: { "orders:jim": ["subscribe"] },
 *   ttl: 15 * 60 * 1000,
 * });
 * console.log(JSON.stringify(request));
 * ```
 */
export async function createTokenRequest(
  key: string,
  params?: TokenParams | null,
  sources?: SigningSources | null,
): Promise<TokenRequest> {
  const read = readExactly(params, TOKEN_PARAMS);
  warnOfSeconds(read.ttl);
  const { request, secret } = unsignedRequest(key, read, sources);
  request.mac = macFrom(await signature(secret, tokenRequestText(request)));
  return request;
}

/** As {@linkcode createTokenRequest}, for params that have been read. */
export async function signTokenRequest(
  key: string,
  params: TokenParams,
  sources?: SigningSources | null,
): Promise<TokenRequest> {
  const { request, secret } = unsignedRequest(key, params, sources);
  request.mac = macFrom(await signature(secret, tokenRequestText(request)));
  return request;
}

function unsignedRequest(
  key: string,
  { ttl, capability, clientId, timestamp, nonce }: TokenParams,
  sources: SigningSources | null | undefined,
): { request: TokenRequest; secret: string } {
  const { name: keyName, secret } = parseKey(key);
  const { now, random } = readMembers(sources, SOURCES);
  const request: TokenRequest = {
    keyName,
    timestamp: checkTimestamp(timestamp ?? now?.call(sources) ?? Date.now()),
    nonce: nonce == null ? drawNonce(random) : checkNonce(nonce),
    mac: "",
  };
  if (ttl != null) request.ttl = checkLifetime(ttl);
  if (capability != null) request.capability = signedCapability(capability);
  if (clientId != null) request.clientId = checkClientId(clientId);
  return { request, secret };
}

function macFrom(signature: ArrayBuffer): string {
  return toBase64(new Uint8Array(signature));
}

/** RSA9c. A random UUID is cheap: runtimes keep a supply of them. */
function drawNonce(random: RandomSource | undefined): string {
  return random ? randomId(random, 16) : crypto.randomUUID();
}

/** Checks a time to live: a whole, non-negative number of milliseconds. */
export function checkTtl(ttl: number): number {
  if (Number.isSafeInteger(ttl) && ttl >= 0) return ttl;
  throw invalidTokenParameter(
    `The ttl must be a whole number of milliseconds, got ${String(ttl)}`,
    "Give milliseconds: 3600000 is an hour.",
  );
}

/** The most that a token may live, in milliseconds. */
const MAX_TTL = 24 * 60 * 60 * 1000;

/**
 * As {@linkcode readMembers}, but it refuses names that differ slightly from known ones, because a mistyped restriction would
 * be missing in the token.
 */
export function readExactly<T extends object>(
  given: T | null | undefined,
  shape: Shape<T>,
): Members<T> {
  const members = readMembers(given, shape);
  const [miss] = nearMisses(given, shape.names);
  if (!miss) return members;
  throw invalidTokenParameter(`${shape.what}: "${miss.wrong}" is not known`, didYouMean(miss));
}

/**
 * A warning for a time to live in seconds: a token lives for at least a minute, and 86400 ms is a day in seconds. Undefined for
 * other values.
 */
export function secondsGiven(ttl: unknown): string | undefined {
  if (typeof ttl !== "number" || !(ttl > 0) || ttl >= 60_000 && ttl !== 86_400) return undefined;
  return `The ttl is in milliseconds: ${ttl} is only ${ttl / 1000} s. Give ${
    ttl * 1000
  } for ${ttl} s`;
}

/** The values that have caused a warning, to warn only once. */
const warned = new Set<unknown>();

/** Warns of a time to live in seconds on the console, because functions without a client have no log. */
export function warnOfSeconds(ttl: unknown): void {
  const warning = secondsGiven(ttl);
  if (warning === undefined || warned.has(ttl) || warned.size > 15) return;
  warned.add(ttl);
  console.warn(`Ably: ${warning}`);
}

/** Checks the lifetime of a token that is signed here. The service accepts more than 0 and up to 24 hours. */
export function checkLifetime(ttl: number): number {
  if (checkTtl(ttl) > 0 && ttl <= MAX_TTL) return ttl;
  throw invalidTokenParameter(
    `The ttl of a token must be more than 0 and at most ${MAX_TTL} ms, got ${ttl}`,
    "Leave it out for 60 minutes.",
  );
}

/** Checks a clientId for a token: text on one line. `"*"` is allowed. */
export function checkClientId(clientId: string): string {
  if (isLine(clientId)) return clientId;
  throw createError(
    ErrorCode.InvalidClientId,
    "The clientId of a token must be a non-empty string without line feeds",
    "Leave clientId out for an anonymous token.",
  );
}

/**
 * Whether a value can be a line of the signed text (RSA9g). With a line feed in it, the same signature would be valid for other
 * lines, such as another clientId. A lone surrogate would be sent in another form than was signed.
 */
function isLine(value: unknown): boolean {
  return typeof value === "string" && /^[^\n\p{Cs}]+$/u.test(value);
}

/** Checks a time: whole milliseconds since the Unix epoch. */
export function checkTimestamp(timestamp: number): number {
  if (Number.isSafeInteger(timestamp) && timestamp >= 0) return timestamp;
  throw invalidTokenParameter(
    "The timestamp must be whole milliseconds since the Unix epoch",
    "Leave it out for the current time.",
  );
}

function checkNonce(nonce: string): string {
  if (isLine(nonce)) return nonce;
  throw invalidTokenParameter(
    "The nonce must be a non-empty string without line feeds",
    "Leave it out.",
  );
}
