import type { Credential } from "../../auth/credentials.ts";
import type { ResolvedOptions } from "../../client/resolve_options.ts";
import * as ErrorCode from "../../error_numbers.ts";
import { createError } from "../../errors.ts";
import { originOf } from "../../http/origin.ts";
import type { Codec } from "../../protocol/codec.ts";
import { agentText } from "../../util/agent.ts";
import { LIBRARY_VERSION, PROTOCOL_VERSION } from "../../version.ts";

/** The key of the session to continue. */
export interface SessionKeys {
  /** The key of the session to resume (RTN15b1). */
  readonly resume?: string;
  /** The key of the session to recover (RTN16k). */
  readonly recover?: string;
}

/** The parameters of one connection request, besides the client's options. */
export interface ConnectRequest extends SessionKeys {
  /** The host to connect to. */
  readonly host: string;
  /** The client's key or token (RTN2e). */
  readonly credential: Credential;
}

/** The URL of a connection request (RTN2). */
export function connectUrl(options: ResolvedOptions, request: ConnectRequest): string {
  return `${originOf("ws", request.host, options)}/?${connectParams(options, request)}`;
}

/**
 * The codec for the frames of a connection: that of the client, unless another `format` is asked for (RTC1f1).
 *
 * @throws {ErrorInfo} 40019 if there is no codec for that format.
 */
export function frameCodec({ codec, codecs, transportParams }: ResolvedOptions): Codec {
  const { format: wanted = codec.format } = transportParams;
  const found = codecs.find(({ format }) => format === wanted);
  if (found) return found;
  throw createError(
    ErrorCode.PluginMissing,
    `transportParams.format is "${wanted}", but there is no codec for that format`,
    'Give "json"; or "msgpack" and import the client from the root entry, or give plugins.msgpack.',
  );
}

function connectParams(
  options: ResolvedOptions,
  { credential: { key, token }, resume, recover }: ConnectRequest,
): URLSearchParams {
  const { clientId, agents, isServer } = options;
  return new URLSearchParams({
    v: String(PROTOCOL_VERSION), // RTN2f
    format: options.codec.format, // RTN2a
    echo: String(options.echoMessages), // RTN2b
    heartbeats: "true", // RTN23b: a standard WebSocket shows no pings
    agent: agentText({ server: isServer && key !== undefined, agents: [agents()] }), // RSC7d3
    lib: `ably-edge-${LIBRARY_VERSION}`, // RTN2g
    ...(key === undefined ? { accessToken: token } : { key }), // RTN2e, RSA3c
    ...(clientId !== null && { clientId }), // RTN2d, RSA7e1
    ...(resume !== undefined && { resume }),
    ...(recover !== undefined && { recover }),
    ...options.transportParams, // RTC1f1
  });
}
