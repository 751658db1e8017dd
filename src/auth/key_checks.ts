import * as ErrorCode from "../error_numbers.ts";
import { createError } from "../errors.ts";
import { incompatibleCredentials } from "./auth_errors.ts";

/**
 * The key to send as it is (RSA1).
 *
 * @throws {ErrorInfo} 40103 without TLS (RSC18).
 */
export function checkBasicAuth(key: string | null | undefined, isAllowed: boolean): string {
  if (key != null && isAllowed) return key;
  throw createError(
    ErrorCode.BasicAuthOverHttp,
    "The API key is not sent without TLS, where others could read it",
    'Leave the option tls out, use a token, or, for a service on this machine, set the option endpoint to "localhost".',
  );
}

/** Checks that a key given to `authorize()`, if any, is that of the client. */
export function checkSameKey(key: string | null | undefined, own: string | null | undefined): void {
  if (key == null || own == null || key === own) return;
  throw incompatibleCredentials(
    "A client can't be authorized with another key than the one it was made with",
    "Make another client for the other key.",
  );
}
