import { secondsGiven, TOKEN_PARAMS, type TokenParams } from "../token/token_request.ts";
import type { Logger } from "../util/logger.ts";
import { warnOfMisses } from "../util/near_misses.ts";
import type { AuthOptions } from "./auth_options.ts";
import { checkAuthOptions, OPTIONS } from "./checked_auth_options.ts";
import { ownTokenParams } from "./own_token_params.ts";

/** A checked copy of authentication options. Mistakes that `ably` accepts are reported in the log. */
export function readAuthOptions(given: AuthOptions, logger: Logger): AuthOptions {
  const options = checkAuthOptions(given);
  warnOfMisses(logger, given, OPTIONS);
  return options;
}

/** A copy of token params. Mistakes that `ably` accepts are reported in the log. */
export function readTokenParams(
  given: TokenParams | null | undefined,
  logger: Logger,
): TokenParams {
  const params = ownTokenParams(given);
  warnOfMisses(logger, given, TOKEN_PARAMS);
  const seconds = secondsGiven(params.ttl);
  if (seconds !== undefined) logger.warn(() => seconds);
  return params;
}
