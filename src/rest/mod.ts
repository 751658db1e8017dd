/**
 * The REST client alone, with JSON: the smallest way to publish and read over HTTP.
 *
 * For MessagePack, pass the codec of `@ably-edge/sdk/msgpack` as `plugins: { msgpack: msgpackCodec }`, or import `Rest` from
 * `@ably-edge/sdk`.
 *
 * @example Publishing
 * ```ts
 * import { Rest } from "@ably-edge/sdk/rest";
 *
 * const rest = new Rest("appId.keyId:secret");
 *
 * export async function announce(order: { id: string }): Promise<void> {
 *   await rest.channels.get("orders").publish("placed", order);
 * }
 * ```
 *
 * @module
 */
export { Rest } from "./rest.ts";
export { type WrapperSDKProxyOptions } from "../client/wrapper_sdk.ts";
export * from "../operations/shared_exports.ts";
export * from "./rest_exports.ts";
