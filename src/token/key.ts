import { createError } from "../errors.ts";
import { INVALID_CREDENTIAL } from "./token_errors.ts";

/** An API key in its parts. */
export interface ApiKey {
  /** `appId.keyId` as a rule: not secret, sent in token requests and as `kid` of a JWT. */
  readonly name: string;
  /** The secret. It must never leave the server. */
  readonly secret: string;
}

/**
 * Splits an API key into name and secret (RSA11). The first colon is where (RSA17g); what the name looks like is the
 * service's to judge.
 *
 * @param key The key as the dashboard shows it, `appId.keyId:secret`.
 * @throws {ErrorInfo} 40005 if it is not an API key.
 */
export function parseKey(key: string): ApiKey {
  // An array or an object would be turned into text here, and maybe into another text elsewhere.
  const [, name, secret] = typeof key === "string" && /^([^:\s]+):(\S+)$/.exec(key) || [];
  if (name && secret) return { name, secret };
  throw createError(
    INVALID_CREDENTIAL,
    "The API key is malformed",
    "Copy the whole key from your Ably dashboard: appId.keyId:secret.",
  );
}
