import * as ErrorCode from "../error_numbers.ts";
import { createError, errorFromWire, type ErrorInfo } from "../errors.ts";
import { type BatchResult, counted } from "../http/batch_result.ts";
import { fetchBody } from "../http/fetch_body.ts";
import type { HttpSender } from "../http/http_message.ts";
import { parseKey } from "../token/key.ts";
import { NOT_EMPTY, readMembers, type Shape } from "../util/read_members.ts";
import { TIME } from "../util/time_rule.ts";

/** A selection of tokens to revoke (TRT1). */
export interface TokenRevocationTargetSpecifier {
  /** The property to match: `"clientId"`, `"revocationKey"` or `"channel"` (TRT2a). */
  type: "clientId" | "revocationKey" | "channel" | (string & Record<never, never>);
  /** The value to match (TRT2b). */
  value: string;
}

/** The options of a revocation (RSA17). */
export interface TokenRevocationOptions {
  /** Revokes tokens issued before this time: milliseconds since the Unix epoch, or a Date. Defaults to now (RSA17e). */
  issuedBefore?: number | Date | null;
  /** Whether clients have 30 seconds to get a new token before they are disconnected. Defaults to false (RSA17f). */
  allowReauthMargin?: boolean | null;
}

/** A target whose tokens are revoked (TRS1). */
export interface TokenRevocationSuccessResult {
  /** The target, as `type:value` (TRS2a). */
  target: string;
  /** When the tokens cease to work, in milliseconds since the Unix epoch (TRS2b). */
  appliesAt: number;
  /** Tokens issued before this time are revoked, in milliseconds since the Unix epoch (TRS2c). */
  issuedBefore: number;
}

/** A target whose tokens could not be revoked (TRF1). */
export interface TokenRevocationFailureResult {
  /** The target, as `type:value` (TRF2a). */
  target: string;
  /** The reason (TRF2b). */
  error: ErrorInfo;
}

/** The result for one target. */
export type TokenRevocationResult = TokenRevocationSuccessResult | TokenRevocationFailureResult;

/** The dependencies of a revocation. */
export interface RevocationAccess {
  /** Sends requests with the client's credentials. */
  http: HttpSender;
  /** The client's key; undefined if it uses tokens. */
  key: string | undefined;
}

const OPTIONS: Shape<TokenRevocationOptions> = {
  what: "The options",
  // Without this rule, JSON would turn NaN into null, and the service would revoke other tokens.
  names: { issuedBefore: TIME, allowReauthMargin: "boolean" },
};

const SPECIFIER: Shape<TokenRevocationTargetSpecifier> = {
  what: "The specifier of tokens",
  names: { type: true, value: true },
};

/**
 * Revokes tokens (RSA17).
 *
 * @param access The client's key, and the sender of requests.
 * @param targets The tokens to revoke.
 * @param options The options.
 */
export async function revokeTokens(
  { http, key }: RevocationAccess,
  targets: TokenRevocationTargetSpecifier | readonly TokenRevocationTargetSpecifier[],
  options?: TokenRevocationOptions | null,
): Promise<BatchResult<TokenRevocationResult>> {
  if (key === undefined) throw keyRequired(); // RSA17d
  const { issuedBefore, allowReauthMargin } = readMembers(options, OPTIONS);
  const list = (Array.isArray(targets) ? targets : [targets]) as unknown[];
  const body = await fetchBody(http, {
    method: "POST",
    path: `/keys/${encodeURIComponent(parseKey(key).name)}/revokeTokens`, // RSA17g
    body: {
      targets: list.map(targetText), // RSA17b
      ...(issuedBefore !== undefined && { issuedBefore: Number(issuedBefore) }),
      ...(allowReauthMargin !== undefined && { allowReauthMargin }),
    },
  });
  return fromWire(body);
}

function targetText(target: unknown): string {
  const { type, value } = readMembers(target as TokenRevocationTargetSpecifier | null, SPECIFIER);
  if ([type, value].every(NOT_EMPTY.allows)) return `${type}:${value}`;
  throw createError(
    ErrorCode.InvalidParameter,
    "The specifier of tokens needs a type and a value",
    'Give targets such as { type: "clientId", value: "jim" }.',
  );
}

/** RSA17c. Accepts a plain list, too, as older versions of the service send it. */
function fromWire(body: unknown): BatchResult<TokenRevocationResult> {
  const batch = (Array.isArray(body) ? { results: body } : body ?? {}) as Partial<
    BatchResult<TokenRevocationResult>
  >;
  const results = (Array.isArray(batch.results) ? batch.results : []).filter(isObject)
    .map((result) =>
      "error" in result ? { ...result, error: errorFromWire(result.error) } : result
    );
  return counted(results, [batch]);
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}

function keyRequired(): ErrorInfo {
  return createError(
    ErrorCode.KeyAuthRequired,
    "Tokens can't be revoked by a client that uses a token itself",
    "Revoke tokens with a client that uses the API key that issued them.",
  );
}
