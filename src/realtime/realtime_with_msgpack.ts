import type { ClientOptions } from "../client/client_options.ts";
import { msgpackCodec } from "../protocol/msgpack_codec.ts";
import { withPlugins } from "../client/plugins.ts";
import { Realtime as RealtimeWithoutMsgpack } from "./realtime.ts";

/**
 * A client with a connection (RTC1): it publishes and subscribes, enters presence, and has all calls of a REST client. It
 * connects when it is made, unless `autoConnect` is off.
 *
 * It uses MessagePack unless `useBinaryProtocol` is false (TO3f). The `Realtime` of the entry `./realtime` is smaller and uses
 * JSON.
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
export class Realtime extends RealtimeWithoutMsgpack {
  /**
   * Makes a client, and connects unless `autoConnect` is off (RTN3).
   *
   * @param options The options; or a key or a token; only a key has a colon (RTC12).
   * @throws {ErrorInfo} 40106 without a way to authenticate (RSC1b), 40005 for a malformed key, 40012 for a bad clientId, 40000
   * for other bad options, or if the runtime allows no connection.
   */
  constructor(options: ClientOptions | string) {
    super(withPlugins(options, { msgpack: msgpackCodec }));
  }
}
