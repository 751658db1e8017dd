import { createError } from "../errors.ts";
import * as ErrorCode from "../error_numbers.ts";

/** The parts of an API key. */
export interface ApiKey {
  /** Usually `appId.keyId`. It is not secret: token requests contain it, and JWTs as `kid`. */
  readonly name: string;
  /** The secret. It must never leave the server. */
  readonly secret: string;
}

/**
 * Splits an API key into name and secret at the first colon (RSA11, RSA17g). The form of the name is left for the service to
 * check.
 *
 * @param key The key as the dashboard shows it, `appId.keyId:secret`.
 * @throws {ErrorInfo} 40005 if it is not an API key.
 */
export function parseKey(key: string): ApiKey {
  // Check the type: `exec` would convert an array or an object to text, and later code might convert it to another text.
  const [, name, secret] = typeof key === "string" && /^([^:\s]+):(\S+)$/.exec(key) || [];
  if (name && secret) return { name, secret };
  throw createError(
    ErrorCode.InvalidCredential,
    `The API key ${key ? "is malformed" : "has no value"}`,
    key ? "Copy the whole key from your Ably dashboard: appId.keyId:secret." : SET_VARIABLE,
  );
}

/** The remediation for a missing credential. */
export const SET_VARIABLE =
  "Set the variable that it comes from, on Workers with `wrangler secret put` and in .dev.vars.";
