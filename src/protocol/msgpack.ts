/**
 * The MessagePack codec, for clients of the entries `./rest` and `./realtime`, which use JSON without it. The clients of the
 * root entry have it built in.
 *
 * @example A small REST client that uses MessagePack
 * ```ts
 * import { msgpackCodec } from "@ably-edge/sdk/msgpack";
 * import { Rest } from "@ably-edge/sdk/rest";
 *
 * export const rest = new Rest({
 *   key: "appId.keyId:secret",
 *   plugins: { msgpack: msgpackCodec },
 * });
 * ```
 *
 * @module
 */
export type { Format } from "../encoding/chain.ts";
export type { Codec } from "./codec.ts";
export { msgpackCodec } from "./msgpack_codec.ts";
