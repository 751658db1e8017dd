/**
 * Issue Ably tokens from a server: no client, no socket, no network.
 *
 * @example A token endpoint for signed-in users
 * ```ts
 * import { tokenEndpoint } from "@ably-edge/sdk/token";
 *
 * const sessions = new Map([["session-of-jim", "jim"]]);
 * export const issueToken = tokenEndpoint({
 *   key: "appId.keyId:secret",
 *   authorize(request) {
 *     const clientId = sessions.get(request.headers.get("x-session") ?? "");
 *     return clientId === undefined ? null : { clientId, capability: { lobby: ["subscribe"] } };
 *   },
 * });
 * ```
 *
 * @module
 */
export { ErrorInfo, type ErrorInfoValues } from "../errors.ts";
export type { RandomSource } from "../util/random.ts";
export type { Capability, CapabilityOp } from "./capability.ts";
export { type JwtParams, type JwtSources, signJwt } from "./jwt.ts";
export type { RequestedToken } from "./requested_token.ts";
export type { TokenDetails } from "./token_details.ts";
export {
  type TokenAuthorizer,
  type TokenEndpoint,
  tokenEndpoint,
  type TokenEndpointOptions,
  type TokenGrant,
} from "./token_endpoint.ts";
export {
  createTokenRequest,
  type SigningSources,
  type TokenParams,
  type TokenRequest,
} from "./token_request.ts";
