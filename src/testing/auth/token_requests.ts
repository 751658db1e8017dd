import { hmacKey } from "../../token/hmac.ts";
import type { TokenDetails } from "../../token/token_details.ts";
import { tokenRequestText } from "../../token/token_request.ts";
import { fromBase64Lenient, utf8 } from "../../util/bytes.ts";
import type { AppKey } from "../core/app_key.ts";
import type { AblyApp } from "../core/ably_app.ts";
import { ServiceCode, serviceError } from "../core/service_error.ts";
import { type Grants, grantsText, intersect, parseGrants } from "./capability_rules.ts";
import { MAX_TTL } from "./verify_jwt.ts";

/** The default lifetime of a token, in milliseconds. */
const DEFAULT_TTL = 60 * 60 * 1000;
/** The longest life of a token that can be revoked, in milliseconds. */
const MAX_REVOCABLE_TTL = 60 * 60 * 1000;
/** The largest difference allowed between the timestamp of a request and the clock, in milliseconds. */
const TIMESTAMP_TOLERANCE = 5 * 60 * 1000;
const MIN_NONCE_LENGTH = 16;

/** A token request as received, unchecked. */
type Given = Readonly<Record<string, unknown>>;

/**
 * Exchanges a token request for a token (RSA9, RSA10).
 *
 * @param trusted Whether the request needs no signature, because the client presented the key itself.
 * @throws {ErrorInfo} 40000, 40003, 40012, 40101, 40104, 40105 or 40160 if it is refused.
 */
export async function exchangeTokenRequest(
  app: AblyApp,
  key: AppKey,
  { given, trusted }: { given: Given; trusted: boolean },
): Promise<TokenDetails> {
  const signed = typeof given.mac === "string";
  if (signed) await checkSignature(app, key, given);
  else if (!trusted) {
    throw serviceError(ServiceCode.InvalidCredentials, "The token request is not signed");
  }
  return issueToken(app, key, given);
}

/**
 * Issues a token.
 *
 * @param given The `ttl`, `clientId` and `capability` of the token.
 * @throws {ErrorInfo} 40000, 40003, 40012 or 40160 if one of them is not valid.
 */
export function issueToken(app: AblyApp, key: AppKey, given: Given): TokenDetails {
  const ttl = readTtl(given.ttl, key);
  const clientId = readClientId(given.clientId);
  const grants = grantsOf(given.capability, key);
  const issued = app.clock.stamp();
  const grant = app.tokens.issue({
    key,
    method: "token",
    clientId: clientId === "*" ? undefined : clientId,
    wildcard: clientId === "*",
    grants,
    issued,
    expires: issued + ttl,
  });
  return {
    token: grant.token,
    keyName: key.name,
    issued,
    expires: issued + ttl,
    capability: grantsText(grants),
    ...(clientId !== undefined && { clientId }),
  } as TokenDetails;
}

async function checkSignature(app: AblyApp, key: AppKey, given: Given): Promise<void> {
  if (Object.values(given).some((value) => typeof value === "object" && value !== null)) {
    throw serviceError(ServiceCode.BadRequest, "A token request has only text and numbers");
  }
  const text = textOf(key, given);
  if (!await isSigned(text, { given, secret: key.secret })) {
    throw serviceError(
      ServiceCode.InvalidCredentials,
      "The signature of the token request is wrong",
    );
  }
  const now = app.clock.now();
  const { nonce } = given;
  const timestamp = readNumber(given.timestamp);
  if (!(Math.abs(now - timestamp) <= TIMESTAMP_TOLERANCE)) {
    throw serviceError(
      ServiceCode.TimestampNotCurrent,
      "The timestamp of the request is not current",
    );
  }
  if (typeof nonce !== "string" || nonce.length < MIN_NONCE_LENGTH) {
    throw serviceError(
      ServiceCode.InvalidParameter,
      `The nonce must have at least ${MIN_NONCE_LENGTH} characters`,
    );
  }
  if (!app.tokens.firstUse(text, now)) {
    throw serviceError(ServiceCode.NonceReplayed, "The token request has been used before");
  }
}

function textOf(key: AppKey, given: Given): string {
  return tokenRequestText({
    keyName: String(given.keyName ?? key.name),
    ttl: given.ttl as number | undefined,
    capability: given.capability as string | undefined,
    clientId: given.clientId as string | undefined,
    timestamp: given.timestamp as number,
    nonce: given.nonce as string,
  });
}

/** Whether the signature is that of one of the possible texts of the request. */
async function isSigned(
  text: string,
  { given, secret }: { given: Given; secret: string },
): Promise<boolean> {
  const key = await hmacKey(secret);
  const mac = signatureBytes(String(given.mac));
  for (const written of [text, ...withDecimals(text, given)]) {
    if (await crypto.subtle.verify("HMAC", key, mac, utf8(written))) return true;
  }
  return false;
}

/**
 * Some languages write whole numbers as `1000.0`. After parsing, that form is lost, so the signature is checked for it, too.
 */
function withDecimals(text: string, { ttl, timestamp }: Given): string[] {
  const lines = text.split("\n");
  const decimal = (index: number, value: unknown) => (line: string, at: number) =>
    at === index && Number.isInteger(value) ? `${line}.0` : line;
  // Values from the client may contain line breaks, so count from the end: the timestamp is the third line from there.
  const withTtl = lines.map(decimal(1, ttl));
  const withTime = (each: string[]) => each.map(decimal(lines.length - 3, timestamp));
  return [withTtl, withTime(lines), withTime(withTtl)].map((each) => each.join("\n"));
}

function readTtl(value: unknown, key: AppKey): number {
  const ttl = value === undefined || value === null || value === ""
    ? DEFAULT_TTL
    : readNumber(value);
  const max = key.revocableTokens ? MAX_REVOCABLE_TTL : MAX_TTL;
  if (!(ttl > 0 && ttl <= max)) {
    throw serviceError(
      ServiceCode.InvalidParameter,
      `The ttl must be a number of milliseconds from 1 to ${max}, got ${String(value)}`,
    );
  }
  return Math.ceil(ttl);
}

/** A number, which some clients send as text; otherwise NaN. */
function readNumber(value: unknown): number {
  if (typeof value === "number") return value;
  return typeof value === "string" && /^\d+(\.\d+)?$/.test(value) ? Number(value) : NaN;
}

function readClientId(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string" && value !== "") return value;
  throw serviceError(ServiceCode.InvalidClientId, "The clientId must be a non-empty string");
}

function grantsOf(value: unknown, key: AppKey): Grants {
  if (value === undefined || value === null || value === "") return key.grants;
  const asked = parseGrants(value);
  if (Object.keys(asked).length === 0) return key.grants;
  const granted = intersect(asked, key.grants);
  if (Object.keys(granted).length > 0) return granted;
  throw serviceError(
    ServiceCode.CapabilityDenied,
    "The key permits nothing of the capability that was asked for",
  );
}

function signatureBytes(mac: string): Uint8Array<ArrayBuffer> {
  try {
    return fromBase64Lenient(mac);
  } catch {
    return new Uint8Array();
  }
}
