import { capabilityText, readCapability } from "../token/capability.ts";
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
 * A copy of token params. Members that are not known here go to the `authCallback` or `authUrl` as well.
 *
 * @throws {ErrorInfo} 40003 if they are no object, 40000 for a bad capability.
 */
export function ownTokenParams(given: TokenParams | null | undefined): TokenParams {
  if (given == null) return {};
  const { capability, ...others } = withoutNulls(copyMembers(given, TOKEN_PARAMS));
  const params: TokenParams = copyOf(others);
  if (capability != null) {
    params.capability = typeof capability === "string" ? capability : readCapability(capability);
  }
  return params;
}

/** A timestamp is for one request only (TK2d, RSA10g), and so is a nonce. */
export function storable(params: TokenParams): TokenParams {
  const { timestamp: _timestamp, nonce: _nonce, ...rest } = params;
  return rest;
}

/** Checks what would spoil every later token, too. */
export function checkTokenParams({ ttl, timestamp, capability, clientId }: TokenParams): void {
  if (ttl != null) checkTtl(ttl);
  if (timestamp != null) checkTimestamp(timestamp);
  if (typeof capability === "string" && capability !== "") capabilityText(capability);
  if (clientId != null) checkClientId(clientId);
}
