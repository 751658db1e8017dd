// The lower floors come first: a bundle keeps this order, in which gzip finds more repetitions (0.1 kB).
import { Crypto, type CryptoStatic } from "../crypto/crypto.ts";
import { Annotation, type AnnotationStatic } from "../messages/annotation.ts";
import { Message, type MessageStatic } from "../messages/message.ts";
import { PresenceMessage, type PresenceMessageStatic } from "../messages/presence_message.ts";
import type { ClientOptions } from "../client/client_options.ts";
import { checkAgents } from "../client/resolve_options.ts";
import { attributed, type ClientContext, createContext } from "../client/context.ts";
import { readWrapperOptions, type WrapperSDKProxyOptions } from "../client/wrapper_sdk.ts";
import type { ClientChannels } from "../operations/client_base.ts";
import type { RestChannelCore } from "./rest_channel_core.ts";
import { RestChannels } from "./rest_channels.ts";
import { RestClient } from "./rest_client.ts";

/**
 * A client that works over HTTP (RSC1): it publishes, reads history and presence, and issues tokens. It has no connection, so
 * it may be kept for the life of the process, also at module scope.
 *
 * @example Publishing
 * ```ts
 * import { Rest } from "@ably-edge/sdk";
 *
 * const rest = new Rest("appId.keyId:secret");
 *
 * export async function announce(order: { id: string }): Promise<void> {
 *   await rest.channels.get("orders").publish("placed", order);
 * }
 * ```
 */
export class Rest extends RestClient<RestChannels> {
  /** Keys and parameters for encrypted channels. */
  static readonly Crypto: CryptoStatic = Crypto;
  /** Creates messages from encoded data, from their attributes or from arguments (TM3, TM4). */
  static readonly Message: MessageStatic = Message;
  /** Creates presence messages from encoded data or from their attributes (TP4). */
  static readonly PresenceMessage: PresenceMessageStatic = PresenceMessage;
  /** Creates annotations from encoded data or from their attributes (TAN3). */
  static readonly Annotation: AnnotationStatic = Annotation;

  readonly #context: ClientContext;
  readonly #cores: ChannelCores;

  /**
   * Makes a client. The constructor sends no request and starts no timer.
   *
   * @param options The options; or a key or a token; only a key has a colon (RSC1a).
   * @throws {ErrorInfo} 40106 without a way to authenticate (RSC1b), 40005 for a malformed key, 40012 for a bad clientId, 40000
   * for other bad options.
   */
  constructor(options: ClientOptions | string) {
    const context = createContext(options);
    const cores: ChannelCores = new Map();
    super(context, channelsOf(context, cores));
    this.#context = context;
    this.#cores = cores;
  }

  /**
   * A view of this client whose requests name a wrapper SDK; it shares everything else with the client (RSC26, WP2). Only for
   * use by SDKs that Ably authors.
   *
   * @param options The agents of the SDK.
   * @throws {ErrorInfo} 40003 if the options are not an object, 40000 if the agents cannot go into a header.
   */
  createWrapperSDKProxy(options: WrapperSDKProxyOptions): RestClient<RestChannels> {
    const { agents } = readWrapperOptions(options);
    const context = attributed(this.#context, checkAgents(agents));
    return new RestClient(context, channelsOf(context, this.#cores)); // WP5
  }
}

type ChannelCores = Map<string, RestChannelCore>;

function channelsOf(context: ClientContext, cores: ChannelCores): ClientChannels<RestChannels> {
  return {
    name: "Rest",
    channels: new RestChannels(context, cores),
    cipherOf: (name) => cores.get(name)?.cipher ?? null,
  };
}
