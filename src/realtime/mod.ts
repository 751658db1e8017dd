/**
 * The realtime client alone, with JSON.
 *
 * For MessagePack, pass the codec of `@ably-edge/sdk/msgpack` as `plugins: { msgpack: msgpackCodec }`, or import `Realtime`
 * from `@ably-edge/sdk`.
 *
 * @example Receiving and publishing
 * ```ts
 * import { Realtime } from "@ably-edge/sdk/realtime";
 *
 * export async function greet(key: string): Promise<void> {
 *   await using client = new Realtime(key);
 *   const channel = client.channels.get("greetings");
 *   await channel.subscribe((message) => console.log(message.data));
 *   await channel.publish("hello", "world");
 * }
 * ```
 *
 * @module
 */
export { Realtime } from "./realtime.ts";
export type { WrapperSDKProxyOptions } from "../client/wrapper_sdk.ts";
export * from "./realtime_exports.ts";
export * from "../operations/shared_exports.ts";
export type * from "../rest/rest_exports.ts";
