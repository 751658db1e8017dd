/**
 * Issue Ably tokens from a server: no client, no socket, no network.
 *
 * @module
 */
export { ErrorInfo, type ErrorInfoValues } from "../errors.ts";
export type { RandomSource } from "../util/random.ts";
export type { Capability, CapabilityOp } from "./capability.ts";
export type { TokenDetails } from "./token_details.ts";
export {
  createTokenRequest,
  type SigningSources,
  type TokenParams,
  type TokenRequest,
} from "./token_request.ts";
