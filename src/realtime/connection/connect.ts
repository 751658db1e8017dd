import { authFailure } from "../../auth/auth_failure.ts";
import type { Credentials } from "../../auth/credentials.ts";
import type { ErrorInfo } from "../../errors.ts";
import type { Codec } from "../../protocol/codec.ts";
import type { ClientContext } from "../../client/context.ts";
import { shuffled } from "../../util/random.ts";
import { connectUrl } from "./connect_params.ts";
import { type AttemptSink, ConnectionAttempt } from "./connection_attempt.ts";
import { refusedByRuntime } from "../../http/runtime_refusal.ts";
import { authProviderFailed } from "./connection_errors.ts";
import { isOnline } from "./connectivity_check.ts";
import { WebSocketTransport } from "./websocket_transport.ts";

/** The goal of one attempt to connect. */
export interface ConnectGoal {
  /** The key of the session to resume (RTN15b1). */
  readonly resume?: string;
  /** The key of the session to recover (RTN16k). */
  readonly recover?: string;
  /** Whether to skip the primary host, which has just refused the client (RTN17f1). */
  readonly skipPrimary: boolean;
  /** Reads and writes frames. */
  readonly codec: Codec;
  /** Receives the token that the attempt uses; undefined if it uses the key. */
  onCredentials(token: string | undefined): void;
}

/** Starts an attempt to connect, with the options and the credentials of a client. */
export function startAttempt(
  { options, credentials }: ClientContext,
  { skipPrimary, codec, onCredentials, ...session }: ConnectGoal,
  listener: AttemptSink,
): ConnectionAttempt {
  const { clock, hosts, random, logger, webSocket } = options;
  const url = async (host: string, signal: AbortSignal) => {
    const params = await credentialsFor(credentials, signal);
    onCredentials("accessToken" in params ? params.accessToken : undefined);
    return connectUrl(options, { host, credentials: params, ...session });
  };
  return new ConnectionAttempt({
    url,
    primaryHost: hosts.primary,
    skipPrimary,
    fallbackHosts: () => shuffled(hosts.fallbacks, random), // RTN17h, RTN17j
    isOnline: (signal) => isOnline(options, signal),
    openTransport: (url, listener) =>
      new WebSocketTransport(url, listener, {
        codec,
        logger: logger.of("connection"),
        clock,
        webSocket,
      }),
    clock,
    timeout: options.realtimeRequestTimeout,
  }, listener);
}

async function credentialsFor(
  credentials: Credentials,
  signal: AbortSignal,
): ReturnType<Credentials["connectParams"]> {
  try {
    return await credentials.connectParams(signal);
  } catch (error) {
    throw authProviderFailed(error as ErrorInfo, authFailure(error));
  }
}

/**
 * Cloudflare Workers refuse all I/O outside of a request. To be called while the caller can still get the error.
 *
 * @throws {ErrorInfo} 40000 where the runtime allows no connection.
 */
export function checkRuntime({ options: { random } }: ClientContext): void {
  try {
    new AbortController();
    random.bytes(1);
  } catch (cause) {
    throw refusedByRuntime("open a connection", { cause });
  }
}
