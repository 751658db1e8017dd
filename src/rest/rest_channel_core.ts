import { AesCbcCipher } from "../crypto/aes_cbc.ts";
import { getDefaultParams } from "../crypto/cipher_params.ts";
import type { Logger } from "../util/logger.ts";
import type { RandomSource } from "../util/random.ts";
import { type ChannelOptions, readChannelOptions } from "../client/channel_options.ts";
import type { ChannelRef } from "../client/channel_ref.ts";
import type { DataSchemas } from "../client/data_schemas.ts";

/** A REST channel's name and options, which all its views share. */
export class RestChannelCore implements ChannelRef {
  /** The name (RSL9). */
  readonly name: string;
  readonly #options: { readonly random: RandomSource; readonly logger: Logger };
  #cipher: AesCbcCipher | null = null;
  #schemas: DataSchemas | null = null;
  /** The options as they were given. */
  given: ChannelOptions = {};

  /**
   * @param name The name of the channel.
   * @param options The options of the client.
   */
  constructor(name: string, options: { readonly random: RandomSource; readonly logger: Logger }) {
    this.name = name;
    this.#options = options;
  }

  /** The cipher, if there is one (RSL5a). */
  get cipher(): AesCbcCipher | null {
    return this.#cipher;
  }

  /** The schemas of the data, if there are any. */
  get schemas(): DataSchemas | null {
    return this.#schemas;
  }

  /**
   * Replaces the options (RSL7).
   *
   * @throws {ErrorInfo} 40003 if they are not valid; the earlier ones stay.
   */
  setOptions(options: ChannelOptions): void {
    const given = readChannelOptions(options, this.#options.logger);
    const { cipher, schemas } = given;
    this.#cipher = cipher === undefined
      ? null
      : new AesCbcCipher(getDefaultParams(cipher), this.#options.random); // TB2b2
    this.#schemas = schemas ?? null;
    this.given = given;
  }
}
