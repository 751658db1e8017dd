import type { Telemetry } from "../util/telemetry.ts";
import type { Fetch } from "../http/http_client.ts";
import type { TokenDetails } from "../token/token_details.ts";
import type { TokenParams } from "../token/token_request.ts";
import type { Clock } from "../util/clock.ts";
import type { Logger } from "../util/logger.ts";
import type { RandomSource } from "../util/random.ts";
import type { AuthOptions } from "./auth_options.ts";

/** The options of `Credentials`. A client's resolved options include them. */
export interface CredentialsOptions {
  /** The options for authentication. */
  authOptions: () => AuthOptions;
  /** The clientId in the options (TO3a). */
  clientId: string | null;
  /** The default parameters of tokens (TO3j11). */
  defaultTokenParams?: TokenParams;
  /** Whether a key may be sent (RSC18). */
  allowsBasicAuth: boolean;
  /** The time that an `authCallback` or `authUrl` may take, in milliseconds (RSA4c). */
  realtimeRequestTimeout: number;
  /** The time that one try of a request may take, in milliseconds (TO3l4). */
  httpRequestTimeout: number;
  /** Sends requests to an `authUrl`. */
  fetch: Fetch;
  /** The clock. */
  clock: Clock;
  /** Draws nonces. */
  random: RandomSource;
  /** Writes the log. */
  logger: Logger;
  /** Reports each token, if the user wants telemetry. */
  report?: Telemetry | undefined;
}

/** The hooks by which a realtime client takes part in `auth.authorize()` (RTC8). */
export interface AuthorizeHooks {
  /** The call has begun: halts a connection attempt that is under way (RTC8b). May return a signal that ends the call. */
  started?(): AbortSignal | void;
  /** There is a new token. The call settles as the returned promise does (RTC8a3, RTC8b1). */
  authorized?(details: TokenDetails): Promise<void>;
  /** There is no new token, because of this error (RSA4c, RSA4d). The call rejects with the returned error. */
  failed?(error: unknown): unknown;
}
