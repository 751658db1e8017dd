import { harmless, type Telemetry } from "../util/telemetry.ts";
import type { AuthOptions } from "../auth/auth_options.ts";
import {
  checkAuthOptions,
  invalidOption,
  requireCredentials,
} from "../auth/checked_auth_options.ts";
import { translateOldHosts } from "../compat/old_hosts.ts";
import { shownOptions } from "../compat/shown_options.ts";
import type { ClientOptions, Plugins, WebSocketConstructor } from "./client_options.ts";
import { DEFAULTS, type Defaults, OPTIONS, PLUGINS } from "./option_defaults.ts";
import * as ErrorCode from "../error_numbers.ts";
import { createError } from "../errors.ts";
import type { Fetch } from "../http/http_client.ts";
import { DEFAULT_ENDPOINT, type Hosts, isLoopback, resolveHosts } from "../http/hosts.ts";
import type { Codec } from "../protocol/codec.ts";
import { jsonCodec } from "../protocol/json_codec.ts";
import { SET_VARIABLE } from "../token/key.ts";
import type { TokenParams } from "../token/token_request.ts";
import { type Agents, productsText } from "../util/agent.ts";
import { type Clock, systemClock } from "../util/clock.ts";
import { consoleLogHandler, LOG_PARTS, Logger, type LogLevel, toLogLevel } from "../util/logger.ts";
import { warnOfMisses } from "../util/near_misses.ts";
import { type RandomSource, systemRandom } from "../util/random.ts";
import { readEntries, readMembers, readTexts } from "../util/read_members.ts";

/** Client options with all defaults. `HttpClient`, `Credentials` and the clients take the members that they need. */
export interface ResolvedOptions extends Defaults {
  /** The clientId in the options; null if there is none (TO3a). */
  readonly clientId: string | null;
  /**
   * The options for authentication, without nulls. A function, so that an inspection of an object with these options shows no
   * secret.
   */
  readonly authOptions: () => AuthOptions;
  /** The default parameters of tokens (TO3j11). */
  readonly defaultTokenParams: TokenParams;
  /** The hosts (REC1, REC2). */
  readonly hosts: Hosts;
  /** Whether a key may be sent: over TLS, or to a loopback host in the option `endpoint` (RSC18). */
  readonly allowsBasicAuth: boolean;
  /** The format of requests, also requested for responses (RSC8). */
  readonly codec: Codec;
  /** The formats that can be read (RSC8d). */
  readonly codecs: readonly Codec[];
  /** The decoder of deltas that replaces the built-in one, if any (PC3). */
  readonly vcdiff: Plugins["vcdiff"];
  /** The plugin that makes the objects of channels, if one was given (PC5). */
  readonly liveObjects: Plugins["LiveObjects"];
  /** A recovery key (TO3i). */
  readonly recover: string | undefined;
  /** Query parameters for the connection, as text (RTC1f). */
  readonly transportParams: Readonly<Record<string, string>>;
  /** Whether to declare a server when a key is used. */
  readonly isServer: boolean;
  /** The current products for the agent identifier (RSC7d6). */
  readonly agents: () => Agents;
  /** The options for users, who may replace their `agents`. A function, because they contain secrets. */
  readonly shown: () => ClientOptions;
  /** Writes the log. */
  readonly logger: Logger;
  /** Reports events for traces and metrics, if the user wants them. */
  readonly report: Telemetry | undefined;
  /** Sends HTTP requests. The runtime's `fetch` is looked up at each call. */
  readonly fetch: Fetch;
  /** Looks up the constructor of WebSockets; undefined if the runtime has none. */
  readonly webSocket: () => WebSocketConstructor | undefined;
  /** The clock. */
  readonly clock: Clock;
  /** The random source. */
  readonly random: RandomSource;
}

/**
 * Checks client options and adds the defaults (RSC1, TO3). Null is the same as absent.
 *
 * @param given The options; or a key or a token; only a key has a colon (RSC1a).
 * @throws {ErrorInfo} 40106 without a way to authenticate (RSC1b), 40005 for a malformed key, 40012 for a bad clientId (RSA7c),
 * 40019 for MessagePack without its codec, 40000 for other bad options.
 */
export function resolveOptions(given: ClientOptions | string): ResolvedOptions {
  const options = readOptions(given) as Given;
  const { msgpack, vcdiff, LiveObjects } = readPlugins(options);
  const auth = checkAuthOptions(options);
  requireCredentials(auth, typeof given === "object" ? given : options);
  const logger = createLogger(options);
  warnOfMistakes(given, auth, logger);
  const withDefaults = addDefaults(options);
  const { clock = systemClock, random = systemRandom, fetch, telemetry, recover } = options;
  const hostOptions = translateOldHosts(options, logger);
  const hosts = resolveHosts(hostOptions);
  const codec = chooseCodec(options, msgpack);
  const agents = checkAgents(options.agents);
  const shown: ClientOptions = shownOptions({
    ...options,
    ...auth,
    ...withDefaults,
    // Options that can be given to another client: old and new ones for hosts exclude each other.
    endpoint: hostOptions.host || hostOptions.environment
      ? undefined
      : hostOptions.endpoint ?? DEFAULT_ENDPOINT,
    fallbackHosts: [...hosts.fallbacks],
    fallbackHostsUseDefault: undefined,
    useBinaryProtocol: codec !== jsonCodec,
    agents,
  });
  return {
    ...withDefaults,
    clientId: checkClientId(options.clientId),
    authOptions: () => auth,
    defaultTokenParams: options.defaultTokenParams ?? {},
    hosts,
    // Hosts are loopback only if the options name a loopback host.
    allowsBasicAuth: withDefaults.tls || [hosts.primary, ...hosts.fallbacks].every(isLoopback),
    codec,
    codecs: msgpack ? [jsonCodec, msgpack] : [jsonCodec],
    vcdiff,
    liveObjects: objectsPlugin(LiveObjects),
    recover,
    transportParams: textParams(options.transportParams),
    isServer: options.clientType !== "device",
    agents: () => shown.agents === agents ? agents : checkAgents(shown.agents),
    shown: () => shown,
    logger,
    report: telemetry && harmless(telemetry),
    // A function, because a browser's fetch throws if it is called as a method of the options.
    fetch: (url, init) => fetch ? fetch(url, init) : globalThis.fetch(url, init),
    webSocket: () => options.WebSocket ?? globalThis.WebSocket,
    clock,
    random,
  };
}

/** The plugins among the options of a client (TO3o). */
export function readPlugins({ plugins }: ClientOptions): Plugins {
  return readMembers(plugins, PLUGINS);
}

type Given = { [Name in keyof ClientOptions]: NonNullable<ClientOptions[Name]> };

/**
 * Reads client options (RSC1): members by name, without those that are null.
 *
 * @param given The options; or a key or a token; only a key has a colon (RSC1a).
 * @throws {ErrorInfo} 40106 if there are no options (RSC1b), 40000 if they can't be read.
 */
export function readOptions(given: ClientOptions | string): ClientOptions {
  // RSC1a
  if (typeof given === "string" && given !== "") {
    return given.includes(":") ? { key: given } : { token: given };
  }
  if (typeof given !== "object" || given === null) {
    // RSC1b
    throw createError(
      ErrorCode.NoCredentials,
      "Client made without options, key or token",
      `Give at least one way to authenticate, such as { key: "appId.keyId:secret" }. ${SET_VARIABLE}`,
    );
  }
  return readMembers(given, OPTIONS);
}

/** Warns of mistakes that are not errors, because `ably` accepts them, too. */
function warnOfMistakes(given: unknown, { token }: AuthOptions, logger: Logger): void {
  warnOfMisses(logger, given, OPTIONS);
  // Ably's tokens are longer.
  if (typeof token === "string" && /^[\w-]{3,10}\.[\w-]{3,10}$/.test(token)) {
    logger.warn(() =>
      "The token looks like a key without its secret. Give the whole key, appId.keyId:secret"
    );
  }
}

function addDefaults(options: Given): Defaults {
  const entries = Object.entries(DEFAULTS).map(([name, standard]) => [
    name,
    options[name as keyof Given] ?? standard,
  ]);
  return Object.fromEntries(entries);
}

/**
 * A copy of agents. They must fit a header (RSC7d), because otherwise every request would fail.
 *
 * @throws {ErrorInfo} 40000 if they do not.
 */
export function checkAgents(given: Agents | null | undefined): Agents {
  const agents = Object.fromEntries(dictionary(given, "agents")) as Agents;
  // A bracket would be that of "[object Object]".
  if (/^[\x20-Z\\-~]*$/.test(productsText(agents))) return agents;
  throw invalidOption(
    'The option "agents" must be an object of names and versions in visible ASCII characters',
    "Leave it out unless you are the author of an SDK.",
  );
}

function dictionary(given: unknown, name: keyof ClientOptions): [string, unknown][] {
  return readEntries(given, { what: `The option "${name}"`, code: ErrorCode.BadRequest });
}

/** RSA7c */
function checkClientId(clientId: string | undefined): string | null {
  if (clientId === undefined) return null;
  if (typeof clientId === "string" && clientId !== "" && clientId !== "*") return clientId;
  throw createError(
    ErrorCode.InvalidClientId,
    clientId === "*"
      ? 'The option "clientId" must not be "*": a client has one identity or none'
      : 'The option "clientId" must be a non-empty string',
    'Leave it out; for tokens with any clientId, set defaultTokenParams.clientId to "*".',
  );
}

/** Accepts the plugin, and also the module that exports it, because bundles offer it under the same name. */
function objectsPlugin(given: Plugins["LiveObjects"]): Plugins["LiveObjects"] {
  const plugin = (given as { LiveObjects?: Plugins["LiveObjects"] } | undefined)?.LiveObjects ??
    given;
  if (plugin === undefined || typeof plugin.realtime === "function") return plugin;
  throw invalidOption(
    "plugins.LiveObjects is not a plugin",
    "Import it from @ably-edge/sdk/liveobjects.",
  );
}

function chooseCodec({ useBinaryProtocol }: Given, msgpack: Codec | undefined): Codec {
  if (useBinaryProtocol === true && !msgpack) {
    throw createError(
      ErrorCode.PluginMissing,
      "useBinaryProtocol is true, but the MessagePack codec is missing",
      "Import the client from the root entry, give plugins.msgpack, or leave it out to use JSON.",
    );
  }
  // TO3f
  return useBinaryProtocol !== false && msgpack ? msgpack : jsonCodec;
}

function textParams(params: Given["transportParams"]): Record<string, string> {
  return readTexts(params, { what: 'The option "transportParams"', code: ErrorCode.BadRequest });
}

function createLogger({ logLevel = "warn", logHandler }: Given): Logger {
  const given = typeof logLevel === "object" ? logLevel : { default: logLevel };
  const levels = dictionary(given, "logLevel").filter(([, level]) => level != null)
    .map(([part, level]) => [part, readLevel(part, level)] as const);
  return new Logger(Object.fromEntries(levels), logHandler ?? consoleLogHandler);
}

function readLevel(part: string, given: unknown): LogLevel {
  const level = toLogLevel(given as LogLevel);
  const isPart = part === "default" || Object.hasOwn(LOG_PARTS, part);
  if (level !== undefined && isPart) return level;
  throw invalidOption(
    isPart
      ? `The option "logLevel" must be a level, got "${given}"`
      : `The option "logLevel" has no part "${part}"`,
    `Give none, error, warn, info, debug or trace, or an object of these for default, ${
      Object.keys(LOG_PARTS).join(", ")
    }.`,
  );
}
