import * as ErrorCode from "../error_numbers.ts";
import { createError, type ErrorInfo } from "../errors.ts";
import { hmacKey } from "../token/hmac.ts";
import { type ApiKey, parseKey } from "../token/key.ts";
import { fromBase64 } from "../util/bytes.ts";
import { readMembers, type Shape } from "../util/read_members.ts";
import {
  isRequest,
  type ReadDelivery,
  readDelivery,
  type WebhookDelivery,
  withDefaultLimits,
} from "./delivery.ts";

/** Options of {@linkcode verifyWebhook}. */
export interface VerifyOptions {
  /** The largest body, in bytes. Defaults to 10 MiB. */
  maxBodySize?: number | null;
  /** The longest time the body may take to arrive, in milliseconds. Defaults to 10000; `Infinity` for no limit. */
  bodyTimeout?: number | null;
}

const OPTIONS: Shape<VerifyOptions> = {
  what: "The options",
  statusCode: 500, // The mistake is not Ably's.
  names: { maxBodySize: "number", bodyTimeout: "number" },
};

/**
 * Verifies that Ably signed a webhook delivery: HMAC-SHA256 over the received bytes, compared in constant time. Ably signs
 * deliveries of rules in batch mode, if the rule names a key. The signature contains no time, so a copy of an old delivery is
 * also valid: if that matters, recognise repeated messages by their ids.
 *
 * @param delivery The request, whose body can still be read afterwards; or its headers and its raw body.
 * @param keys The API key that the rule signs with, `appId.keyId:secret`; several during a change of keys.
 * @param options The limits.
 * @returns The name of the key that signed it, `appId.keyId`.
 * @throws {ErrorInfo} 40100 if it is not signed, 40101 if the signature is not one of these keys', 40005 if a key is malformed,
 * 40003 if there is none, 40009 if the body is too large, 50003 if it takes too long, 40001 if it has been read already.
 */
export async function verifyWebhook(
  delivery: Request | WebhookDelivery,
  keys: string | readonly string[],
  options?: VerifyOptions | null,
): Promise<string> {
  const limits = withDefaultLimits(readMembers(options, OPTIONS));
  const trusted = parseKeys(keys);
  if (trusted.length === 0) throw noKey();
  const copy = isRequest(delivery) && !delivery.bodyUsed ? delivery.clone() : delivery;
  const read = await readDelivery(copy, limits);
  return await verifySignature(read, trusted);
}

/**
 * Parses keys.
 *
 * @throws {ErrorInfo} 40005 if one is malformed.
 */
export function parseKeys(keys: string | readonly string[] | null | undefined): ApiKey[] {
  if (keys == null) return [];
  return (Array.isArray(keys) ? keys : [keys]).map(parseKey);
}

/** Whether a delivery claims to be signed. */
export function isSigned({ headers }: ReadDelivery): boolean {
  return headers.has("x-ably-signature");
}

/**
 * Verifies the signature of a delivery against several keys.
 *
 * @returns The name of the key.
 * @throws {ErrorInfo} 40100 if it is not signed, 40101 if the signature is not one of these keys'.
 */
export async function verifySignature(
  { headers, body }: ReadDelivery,
  keys: readonly ApiKey[],
): Promise<string> {
  const signature = headers.get("x-ably-signature");
  if (signature === null) throw notSigned();
  const named = headers.get("x-ably-key");
  const candidates = named === null ? keys : keys.filter(({ name }) => isNamed(name, named));
  if (candidates.length === 0) {
    throw refusedDelivery(
      `The webhook delivery is signed with the key "${named}", which is not one of the given keys`,
    );
  }
  const mac = macOf(signature);
  for (const { name, secret } of candidates) {
    // The platform compares in constant time.
    if (await crypto.subtle.verify("HMAC", await hmacKey(secret), mac, body)) return name;
  }
  throw refusedDelivery("The signature of the webhook delivery is wrong");
}

// Whether the header names this key, by its id or by its whole name.
function isNamed(keyName: string, named: string): boolean {
  return keyName === named || keyName.slice(keyName.indexOf(".") + 1) === named;
}

function macOf(signature: string): Uint8Array<ArrayBuffer> {
  try {
    return fromBase64(signature);
  } catch {
    throw refusedDelivery("The signature of the webhook delivery is not base64");
  }
}

function notSigned(): ErrorInfo {
  return createError(
    ErrorCode.Unauthorized,
    "The webhook delivery is not signed",
    "Set the rule to batch mode and choose a key to sign with; Ably does not sign single requests. To accept unsigned deliveries, set allowUnsigned.",
  );
}

function refusedDelivery(message: string): ErrorInfo {
  return createError(
    ErrorCode.InvalidCredentials,
    message,
    "Give the key of the rule, and the body as received: parsing and writing it again changes its bytes.",
  );
}

/** The error for options without a key. */
export function noKey(): ErrorInfo {
  return createError(
    ErrorCode.InvalidParameter,
    "There is no key for verifying webhook deliveries",
    "Give the API key that the rule signs with as key, or set allowUnsigned to accept deliveries from anyone.",
    { statusCode: 500 },
  );
}
