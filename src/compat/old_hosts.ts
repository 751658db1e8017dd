import * as ErrorCode from "../error_numbers.ts";
import { createError } from "../errors.ts";
import { type HostOptions, resolveHosts } from "../http/hosts.ts";
import type { Logger } from "../util/logger.ts";

/** The options for hosts that `endpoint` and `fallbackHosts` have replaced. A client that is given one logs a warning. */
export interface OldHostOptions {
  /**
   * A routing policy id (TO3k1).
   *
   * @deprecated Use `endpoint`.
   */
  environment?: string | null;
  /**
   * The host for requests and connections (TO3k2).
   *
   * @deprecated Use `endpoint`.
   */
  restHost?: string | null;
  /**
   * The same where `restHost` is not given (TO3k3).
   *
   * @deprecated Use `endpoint`.
   */
  realtimeHost?: string | null;
  /**
   * Whether to use the fallback hosts of the default endpoint (TO3k7).
   *
   * @deprecated Use `fallbackHosts`.
   */
  fallbackHostsUseDefault?: boolean | null;
}

/** The type of each of them. */
export const OLD_HOST_OPTIONS = {
  environment: "string",
  restHost: "string",
  realtimeHost: "string",
  fallbackHostsUseDefault: "boolean",
} as const;

const CONFLICTS: readonly (readonly [string, readonly (keyof OldHostOptions)[]])[] = [
  ["endpoint", ["environment", "restHost", "realtimeHost", "fallbackHostsUseDefault"]], // REC1b1
  ["environment", ["restHost", "realtimeHost"]], // REC1c1
  ["fallbackHosts", ["fallbackHostsUseDefault"]], // REC2a1
];

/**
 * Translates the old options for hosts. Empty text and false are the same as absent.
 *
 * @throws {ErrorInfo} 40106 for options that exclude each other, 40000 for values of the wrong type.
 */
export function translateOldHosts(
  options: OldHostOptions & Omit<HostOptions, "host">,
  logger: Logger,
): HostOptions {
  const { environment, restHost, realtimeHost, fallbackHostsUseDefault, ...rest } = options;
  for (const [name, type] of Object.entries(OLD_HOST_OPTIONS)) {
    if (!options[name as keyof OldHostOptions]) continue;
    const instead = type === "string" ? "endpoint" : "fallbackHosts";
    logger.warn(() => `The option "${name}" is deprecated. Use "${instead}"`);
  }
  for (const [name, others] of CONFLICTS) {
    const other = options[name as keyof typeof options] && others.find((one) => options[one]);
    if (other) {
      throw createError(
        ErrorCode.NoCredentials, // The code that `ably` uses.
        `The options "${name}" and "${other}" exclude each other`,
        'Give "endpoint" and "fallbackHosts" only.',
      );
    }
  }
  const host = restHost || realtimeHost; // REC1d1, REC1d2
  if (fallbackHostsUseDefault) rest.fallbackHosts = resolveHosts({}).fallbacks; // REC2b
  if (host) return { ...rest, host: [restHost ? "restHost" : "realtimeHost", host] };
  return environment ? { ...rest, environment } : rest;
}
