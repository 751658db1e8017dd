import { authFailure } from "../../auth/auth_failure.ts";
import type { Credential, Credentials } from "../../auth/credentials.ts";
import type { ErrorInfo } from "../../errors.ts";
import type { ClientContext } from "../../client/context.ts";
import { connectUrl } from "./connect_params.ts";
import { type AttemptGoal, type AttemptSink, ConnectionAttempt } from "./connection_attempt.ts";
import { refusedByRuntime } from "../../http/runtime_refusal.ts";
import { authProviderFailed } from "./connection_errors.ts";

/** The goal of one attempt to connect. */
export interface ConnectGoal extends Omit<AttemptGoal, "url"> {
  /** The key of the session to resume (RTN15b1). */
  readonly resume?: string;
  /** The key of the session to recover (RTN16k). */
  readonly recover?: string;
  /** Receives the token that the attempt uses; undefined if it uses the key. */
  onCredentials(token: string | undefined): void;
}

/** Starts an attempt to connect, with the options and the credentials of a client. */
export function startAttempt(
  { options, credentials }: ClientContext,
  { skipPrimary, codec, onCredentials, ...session }: ConnectGoal,
  sink: AttemptSink,
): ConnectionAttempt {
  const url = async (host: string, signal: AbortSignal) => {
    const credential = await currentOf(credentials, signal);
    onCredentials(credential.token);
    return connectUrl(options, { host, credential, ...session });
  };
  return new ConnectionAttempt(options, { url, skipPrimary, codec }, sink);
}

async function currentOf(credentials: Credentials, signal: AbortSignal): Promise<Credential> {
  try {
    return await credentials.current(signal);
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
    // Of an uncaught error, Workers print only the message, so the message itself says where a connection may be opened.
    throw refusedByRuntime("open a connection outside of a request or a Durable Object", { cause });
  }
}
