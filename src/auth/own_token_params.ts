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

/**
 * The params to store. The timestamp and the nonce are left out, because they are for one request only (TK2d, RSA10g).
 *
 * @throws {ErrorInfo} 40000, 40003 or 40012 for bad params, which would spoil every later token.
 */
export function storable({ timestamp, nonce: _nonce, ...stored }: TokenParams): TokenParams {
  const { ttl, capability, clientId } = stored;
  if (ttl != null) checkTtl(ttl);
  if (timestamp != null) checkTimestamp(timestamp);
  if (typeof capability === "string" && capability !== "") capabilityText(capability);
  if (clientId != null) checkClientId(clientId);
  return stored;
}
