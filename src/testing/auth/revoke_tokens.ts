import type { ErrorInfo } from "../../errors.ts";
import type { WireError } from "../../protocol/protocol_message.ts";
import type { AppKey } from "../core/app_key.ts";
import type { AblyApp } from "../core/ably_app.ts";
import { ServiceCode, serviceError, toWireError } from "../core/service_error.ts";
import { isTarget, type Revocation, type RevocationType } from "./revocations.ts";

/** The time in which clients can get a new token if the request grants a margin, in milliseconds. */
const REAUTH_MARGIN = 30_001;
/** The maximum age of `issuedBefore`, in milliseconds. */
const MAX_REACH = 60 * 60 * 1000;
const MAX_TARGETS = 100;
const TYPES: readonly string[] = ["clientId", "revocationKey", "channel"];

/** The result for one target (TRS, TRF). */
export type RevocationResult =
  | { target: string; issuedBefore: number; appliesAt: number }
  | { target: string; error: WireError };

/** The response to a request that revokes tokens (RSA17, BAR). */
export interface RevocationAnswer {
  successCount: number;
  failureCount: number;
  results: RevocationResult[];
}

/**
 * Revokes tokens of a key. From `appliesAt` on they are invalid, and connections that use them receive an error.
 *
 * @throws {ErrorInfo} 40000 if the request is malformed, 40003 if `issuedBefore` is out of range.
 */
export function revokeTokens(
  app: AblyApp,
  key: AppKey,
  given: Readonly<Record<string, unknown>>,
): RevocationAnswer {
  const { targets } = given;
  if (!Array.isArray(targets) || targets.length === 0 || targets.length > MAX_TARGETS) {
    throw serviceError(ServiceCode.BadRequest, `The targets must be a list of 1 to ${MAX_TARGETS}`);
  }
  const now = app.clock.tell();
  const margin = given.allowReauthMargin === true;
  const terms = {
    keyName: key.name,
    issuedBefore: readIssuedBefore(given.issuedBefore ?? now, now),
    appliesAt: margin ? now + REAUTH_MARGIN : now,
  };
  const results = targets.map((target): RevocationResult => {
    const text = typeof target === "string" ? target : JSON.stringify(target);
    const rule = readTarget(text, terms);
    if (rule === undefined) return { target: text, error: toWireError(unknownTarget()) };
    apply(app, rule, margin);
    const { issuedBefore, appliesAt } = terms;
    return { target: text, issuedBefore, appliesAt };
  });
  const successCount = results.filter((result) => "appliesAt" in result).length;
  return { successCount, failureCount: results.length - successCount, results };
}

function readIssuedBefore(value: unknown, now: number): number {
  if (typeof value === "number" && value <= now && value >= now - MAX_REACH) return value;
  throw serviceError(
    ServiceCode.InvalidParameter,
    "issuedBefore must be a time in milliseconds, at most an hour ago and not in the future",
  );
}

function readTarget(
  target: string,
  terms: Pick<Revocation, "keyName" | "issuedBefore" | "appliesAt">,
): Revocation | undefined {
  const colon = target.indexOf(":");
  const type = target.slice(0, Math.max(colon, 0));
  const value = target.slice(colon + 1);
  if (!TYPES.includes(type) || value === "") return undefined;
  return { ...terms, type: type as RevocationType, value };
}

function apply(app: AblyApp, rule: Revocation, margin: boolean): void {
  app.revocations.add(rule);
  const affected = () =>
    app.connections.values().filter((connection) => isTarget(rule, connection.grant));
  const disconnect = () => {
    for (const connection of affected()) {
      connection.disconnect(serviceError(ServiceCode.TokenRevoked, "The token has been revoked"));
    }
  };
  if (!margin) return disconnect();
  for (const connection of affected()) connection.inviteAuth();
  app.later(rule.appliesAt - app.clock.now(), disconnect);
}

function unknownTarget(): ErrorInfo {
  return serviceError(
    ServiceCode.BadRequest,
    `A target must be one of ${TYPES.join(", ")}, followed by a colon and a value`,
  );
}
