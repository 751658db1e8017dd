// The lower floors come first: a bundle keeps this order, in which gzip finds more repetitions (0.5 kB).
import { Crypto, type CryptoStatic } from "../crypto/crypto.ts";
import { Annotation, type AnnotationStatic } from "../messages/annotation.ts";
import { Message, type MessageStatic } from "../messages/message.ts";
import { PresenceMessage, type PresenceMessageStatic } from "../messages/presence_message.ts";
import { EventEmitter } from "../compat/ably_event_emitter.ts";
import type { ClientOptions } from "../client/client_options.ts";
import { checkAgents } from "../client/resolve_options.ts";
import { attributed, type ClientContext, createContext } from "../client/context.ts";
import { readWrapperOptions, type WrapperSDKProxyOptions } from "../client/wrapper_sdk.ts";
import { RealtimeClient } from "./realtime_client.ts";
import { RealtimeChannels } from "./channel/realtime_channels.ts";
import { ChannelRegistry } from "./channel/channel_registry.ts";
import { autoConnect, Connection } from "./connection/connection.ts";
import { ConnectionEvents } from "./connection/connection_events.ts";
import { ConnectionManager } from "./connection/connection_manager.ts";

/**
 * A client with a connection (RTC1): it publishes and subscribes, enters presence, and has all calls of a REST client. It
 * connects when it is made, unless `autoConnect` is off.
 *
 * On Cloudflare Workers it must be made while a request or a Durable Object is being served. Make one for each request, or keep
 * it in a Durable Object. A client that is kept for later requests opens its connection again in the request that uses it, once
 * the request that opened it has ended, and logs that as an error. Messages from between the two requests arrive late or not at
 * all.
 *
 * @example Receiving and publishing
 * ```ts
 * import { Realtime } from "@ably-edge/sdk";
 *
 * export async function greet(key: string): Promise<void> {
 *   await using client = new Realtime(key);
 *   const channel = client.channels.get("greetings");
 *   await channel.subscribe((message) => console.log(message.data));
 *   await channel.publish("hello", "world");
 * }
 * ```
 */
export class Realtime extends RealtimeClient {
  /** Keys and parameters for encrypted channels. */
  static readonly Crypto: CryptoStatic = Crypto;
  /** Creates messages from encoded data, from their attributes or from arguments (TM3, TM4). */
  static readonly Message: MessageStatic = Message;
  /** Creates presence messages from encoded data or from their attributes (TP4). */
  static readonly PresenceMessage: PresenceMessageStatic = PresenceMessage;
  /** Creates annotations from encoded data or from their attributes (TAN3). */
  static readonly Annotation: AnnotationStatic = Annotation;
  /** An emitter for events of your own, which Ably's packages for its client use. */
  static readonly EventEmitter: typeof EventEmitter = EventEmitter;

  readonly #core: ClientCore;

  /**
   * Makes a client, and connects unless `autoConnect` is off (RTN3).
   *
   * @param options The options; or a key or a token; only a key has a colon (RTC12).
   * @throws {ErrorInfo} 40106 without a way to authenticate (RSC1b), 40005 for a malformed key, 40012 for a bad clientId, 40019
   * for MessagePack without its codec, 40000 for other bad options, or if the runtime allows no connection.
   */
  constructor(options: ClientOptions | string) {
    const core = build(createContext(options));
    super({ ...core, channels: new RealtimeChannels(core) });
    this.#core = core;
    if (core.context.options.autoConnect) this.connection[autoConnect]();
  }

  /**
   * A view of this client whose requests and attachments name a wrapper SDK; it shares all other state with the client (RTC14,
   * WP2). Only for use by SDKs that Ably authors.
   *
   * @param options The name and version of the SDK, as `agents`.
   * @throws {ErrorInfo} 40003 if the options are not an object, 40000 if the agents cannot go into a header.
   */
  createWrapperSDKProxy(options: WrapperSDKProxyOptions): RealtimeClient {
    const { agents: given } = readWrapperOptions(options);
    const agents = given == null ? undefined : checkAgents(given);
    const context = attributed(this.#core.context, agents ?? {});
    const core = { ...this.#core, context };
    return new RealtimeClient({ ...core, channels: new RealtimeChannels(core, agents) });
  }
}

/** The state shared by a client and its wrapper-SDK proxies (WP5). */
interface ClientCore {
  readonly context: ClientContext;
  readonly manager: ConnectionManager;
  readonly connection: Connection;
  readonly registry: ChannelRegistry;
  readonly cipherOf: (name: string) => ReturnType<ChannelRegistry["cipherOf"]>;
}

function build(context: ClientContext): ClientCore {
  const events = new ConnectionEvents(context.options.logger.of("connection"));
  const registry = new ChannelRegistry(
    context,
    (channels) => new ConnectionManager(context, { channels, events }),
  );
  const manager = registry.connection;
  registry.restore(manager.recoveredSerials);
  const connection = new Connection(manager, events);
  return { context, manager, connection, registry, cipherOf: (name) => registry.cipherOf(name) };
}
