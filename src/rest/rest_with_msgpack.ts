import type { ClientOptions } from "../client/client_options.ts";
import { msgpackCodec } from "../protocol/msgpack_codec.ts";
import { withPlugins } from "../client/plugins.ts";
import { Rest as RestWithoutMsgpack } from "./rest.ts";

/**
 * A client that works over HTTP (RSC1): it publishes, reads history and presence, and issues tokens. It has no connection, so
 * it may be kept for the life of the process, also at module scope.
 *
 * It uses MessagePack unless `useBinaryProtocol` is false (TO3f). The `Rest` of the entry `./rest` is smaller and uses JSON.
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
export class Rest extends RestWithoutMsgpack {
  /**
   * Makes a client. The constructor sends no request and starts no timer.
   *
   * @param options The options; or a key or a token; only a key has a colon (RSC1a).
   * @throws {ErrorInfo} 40106 without a way to authenticate (RSC1b), 40005 for a malformed key, 40012 for a bad clientId, 40000
   * for other bad options.
   */
  constructor(options: ClientOptions | string) {
    super(withPlugins(options, { msgpack: msgpackCodec }));
  }
}
