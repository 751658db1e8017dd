/**
 * Ably for Deno, Cloudflare Workers and Bun: publish, subscribe, presence, history and tokens, on `fetch` and
 * `WebSocket` alone.
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
 *
 * @example Subscribing
 * ```ts
 * import { Realtime } from "@ably-edge/sdk";
 *
 * export async function greet(key: string): Promise<void> {
 *   await using client = new Realtime(key);
 *   const channel = client.channels.get("lobby");
 *   await channel.subscribe("hello", ({ data }) => console.log(data));
 *   await channel.publish("hello", "world");
 * }
 * ```
 *
 * @module
 */
export type { WrapperSDKProxyOptions } from "./src/client/wrapper_sdk.ts";
export { Rest } from "./src/rest/rest_with_msgpack.ts";
export { Realtime } from "./src/realtime/realtime_with_msgpack.ts";
export * from "./src/realtime/realtime_exports.ts";
export * from "./src/operations/shared_exports.ts";
export * from "./src/rest/rest_exports.ts";

/**
 * All that this module exports, values and types, for programs written for `ably`: `import Ably from`. Imports by name leave
 * it out of a bundle.
 */
export * as default from "./mod.ts";
