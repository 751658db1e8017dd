import { AUTH_OPTIONS } from "../auth/checked_auth_options.ts";
import { OLD_HOST_OPTIONS } from "../compat/old_hosts.ts";
import * as ErrorCode from "../error_numbers.ts";
import { CLOCK } from "../util/clock.ts";
import { RANDOM } from "../util/random.ts";
import { having, oneOf, type Rule, type Shape, type Wanted } from "../util/read_members.ts";
import type { ClientOptions, Plugins } from "./client_options.ts";

/** The options that have a default, which is of the type that they must have. */
export const DEFAULTS = {
  tls: true, // TO3d
  idempotentRestPublishing: true, // TO3n
  addRequestIds: false, // TO3p
  strictMode: false, // TO3r
  autoConnect: true, // TO3e
  echoMessages: true, // TO3h
  queueMessages: true, // TO3g
  connectivityCheckUrl: "https://internet-up.ably-realtime.com/is-the-internet-up.txt", // REC3a
  port: 80, // TO3k4
  tlsPort: 443, // TO3k5
  httpOpenTimeout: 4_000, // TO3l3
  httpRequestTimeout: 10_000, // TO3l4
  httpMaxRetryCount: 3, // TO3l5
  httpMaxRetryDuration: 15_000, // TO3l6
  fallbackRetryTimeout: 600_000, // TO3l10
  maxMessageSize: 65_536, // TO3l8
  maxFrameSize: 524_288, // TO3l9
  realtimeRequestTimeout: 10_000, // TO3l11
  disconnectedRetryTimeout: 15_000, // TO3l1
  suspendedRetryTimeout: 30_000, // TO3l2
  channelRetryTimeout: 15_000, // TO3l7
  connectionStateTtl: 120_000, // DF1a
};

const PORT: Rule = {
  allows: (value) => Number.isInteger(value) && value as number > 0 && value as number < 65_536,
  text: "a whole number from 1 to 65535",
};

/** The values that the options with a default may have: those of its type. */
const WITH_DEFAULT = Object.fromEntries(
  Object.entries(DEFAULTS).map(([name, value]) => [name, typeof value]),
) as Record<keyof typeof DEFAULTS, Wanted>;

const HOSTS: Rule = {
  allows: (value) => Array.isArray(value) && [...value].every((host) => typeof host === "string"),
  text: "an array of strings",
  remediation: "Leave it out to use those of the endpoint; give [] to use none.",
};

/** The names of all options. */
export const OPTIONS: Shape<ClientOptions> = {
  what: "The client options",
  code: ErrorCode.BadRequest,
  names: {
    ...AUTH_OPTIONS,
    ...OLD_HOST_OPTIONS,
    ...WITH_DEFAULT,
    port: PORT,
    tlsPort: PORT,
    endpoint: "string",
    recover: "string",
    telemetry: "function",
    fetch: "function",
    clientId: true,
    defaultTokenParams: true,
    fallbackHosts: HOSTS,
    useBinaryProtocol: "boolean",
    transportParams: true,
    logLevel: true,
    logHandler: "function",
    clientType: oneOf("server", "device"),
    agents: true,
    plugins: true,
    WebSocket: "function",
    clock: CLOCK,
    random: RANDOM,
  },
};

/** The names of all plugins. */
export const PLUGINS: Shape<Plugins> = {
  what: 'The option "plugins"',
  code: ErrorCode.BadRequest,
  names: { msgpack: having("encode", "decode"), vcdiff: having("decode"), LiveObjects: true },
};

/** The options that have a default, resolved. */
export type Defaults = { readonly [Name in keyof typeof DEFAULTS]: (typeof DEFAULTS)[Name] };
