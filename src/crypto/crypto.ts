import {
  type CipherParamOptions,
  type CipherParams,
  generateRandomKey,
  getDefaultParams,
} from "./cipher_params.ts";
import { callbackRefused } from "../util/callbacks.ts";

/** Keys and parameters for encrypted channels (RSE1, RSE2). */
export interface CryptoStatic {
  /**
   * Completes and checks cipher parameters (RSE1).
   *
   * @param options The key, and the parameters that differ from the defaults.
   * @throws {ErrorInfo} 40003 if the key cannot be read or the options contradict each other.
   */
  getDefaultParams(options: CipherParamOptions): CipherParams;
  /**
   * Draws a random key (RSE2).
   *
   * @param keyLength The length in bits, 128 or 256. Defaults to 256 (RSE2a).
   * @throws {ErrorInfo} 40003 if AES takes no keys of that length.
   */
  generateRandomKey(keyLength?: number | null): Promise<Uint8Array<ArrayBuffer>>;
}

/**
 * Keys and parameters for encrypted channels.
 *
 * @example An encrypted channel
 * ```ts
 * import { Crypto, Rest } from "@ably-edge/sdk";
 *
 * const key = await Crypto.generateRandomKey();
 * const rest = new Rest("appId.keyId:secret");
 * export const secrets = rest.channels.get("secrets", { cipher: { key } });
 * ```
 */
export const Crypto: CryptoStatic = {
  getDefaultParams,
  generateRandomKey: (...given) => callbackRefused(given) ?? generateRandomKey(given[0]),
};
