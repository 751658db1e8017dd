import type { ClientOptions } from "../client/client_options.ts";
import { msgpackCodec } from "../protocol/msgpack_codec.ts";
import { withPlugins } from "../client/plugins.ts";
import { Realtime as RealtimeWithoutMsgpack } from "./realtime.ts";

/**
 * A client that keeps a connection (RTC1): publishes and subscribes, enters presence, and can do all that a REST client
 * can. It connects when it is made, unless `autoConnect` is off.
 *
 * This one speaks MessagePack unless `useBinaryProtocol` is false (TO3f); the one of the entry `./realtime` is smaller and
 * speaks JSON.
 *
 * On Cloudflare Workers it has to be made while a request or a Durable Object is being served, and it lives no longer.
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
   * @param options The options; or a key, or a token, told apart by the colon of a key (RTC12).
   * @throws {ErrorInfo} 40106 without a way to authenticate (RSC1b), 40005 for a malformed key, 40012 for a bad clientId,
   * 40000 for other bad options, or where the runtime allows no connection.
   */
  constructor(options: ClientOptions | string) {
    super(withPlugins(options, { msgpack: msgpackCodec }));
  }
}
