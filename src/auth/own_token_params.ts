import { capabilityText } from "../token/capability.ts";
import {
  checkClientId,
  checkTimestamp,
  checkTtl,
  TOKEN_PARAMS,
  type TokenParams,
} from "../token/token_request.ts";
import { copyOf, withoutNulls } from "../util/copy.ts";
import { copyMembers } from "../util/read_members.ts";

/**
 * A copy of token params. Members that are not known here are kept, and go to the `authCallback` or `authUrl`.
 *
 * @throws {ErrorInfo} 40003 if they are not an object, 40000 for a bad capability.
 */
export function ownTokenParams(given: TokenParams | null | undefined): TokenParams {
  if (given == null) return {};
  const { capability, ...others } = withoutNulls(copyMembers(given, TOKEN_PARAMS));
  const params: TokenParams = copyOf(others);
  if (capability != null) {
    // TK2b: text, also for an authCallback, which may put it into a JWT.
    params.capability = typeof capability === "string" ? capability : capabilityText(capability);
  }
  return params;
}

/** Removes the timestamp and the nonce, which are for one request only (TK2d, RSA10g). */
export function storable(params: TokenParams): TokenParams {
  const { timestamp: _timestamp, nonce: _nonce, ...rest } = params;
  return rest;
}

/** Checks params that are to be stored, because bad ones would spoil every later token. */
export function checkTokenParams({ ttl, timestamp, capability, clientId }: TokenParams): void {
  if (ttl != null) checkTtl(ttl);
  if (timestamp != null) checkTimestamp(timestamp);
  if (typeof capability === "string" && capability !== "") capabilityText(capability);
  if (clientId != null) checkClientId(clientId);
}
