import type { Plugins } from "./client_options.ts";
import type { CipherParamOptions, CipherParams } from "../crypto/cipher_params.ts";
import type { ErrorInfo } from "../errors.ts";
import type { ChannelOptions } from "./channel_options.ts";

// Names of types that `ably` or Ably's API documentation has, and that have no other name here.

/** The parameters of a channel, by name (TB2c). */
export type ChannelParams = NonNullable<ChannelOptions["params"]>;

/** The key of a cipher, as bytes (TZ2d). */
export type CipherKey = CipherParams["key"];

/** The key of a cipher, as it may be given (CO2b). */
export type CipherKeyParam = CipherParamOptions["key"];

/** A callback for what either fails or not. Nothing here takes one: the calls return promises. */
export type ErrorCallback = (error: ErrorInfo | null) => void;

/** A callback for what either fails or has a result. Nothing here takes one: the calls return promises. */
export type StandardCallback<T> = (error: ErrorInfo | null, result?: T) => void;

/** The verbs for an `authUrl` (AO2d). */
export type HTTPMethod = "GET" | "POST";

/** An object that JSON can represent. */
export type JsonObject = Record<string, unknown>;

/** The names of plugins (PT1). */
export type PluginType = keyof Plugins;
