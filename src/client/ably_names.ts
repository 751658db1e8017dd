import type { Plugins } from "./client_options.ts";
import type { CipherParamOptions, CipherParams } from "../crypto/cipher_params.ts";
import type { ErrorInfo } from "../errors.ts";
import type { ChannelOptions } from "./channel_options.ts";

// Names of types that `ably` or Ably's API documentation uses, for types without another name here.

/** The parameters of a channel, by name (TB2c). */
export type ChannelParams = NonNullable<ChannelOptions["params"]>;

/** The key of a cipher, as bytes (TZ2d). */
export type CipherKey = CipherParams["key"];

/** The key of a cipher in any form that users may pass (CO2b). */
export type CipherKeyParam = CipherParamOptions["key"];

/** A callback for a call without a result. No function of this module takes one: the calls return promises. */
export type ErrorCallback = (error: ErrorInfo | null) => void;

/** A callback for a call with a result. No function of this module takes one: the calls return promises. */
export type StandardCallback<T> = (error: ErrorInfo | null, result?: T) => void;

/** The verbs for an `authUrl` (AO2d). */
export type HTTPMethod = "GET" | "POST";

/** An object that JSON can represent. */
export type JsonObject = Record<string, unknown>;

/** The names of plugins (PT1). */
export type PluginType = keyof Plugins;
