import type { CipherParamOptions } from "../crypto/cipher_params.ts";
import type { ChannelMode } from "../protocol/actions.ts";
import { type Members, readEntries, readObject, type Shape } from "../util/read_members.ts";
import type { Logger } from "../util/logger.ts";
import { warnOfMisses } from "../util/near_misses.ts";
import { checkSchemas, type DataSchemas } from "./data_schemas.ts";

/** The options of a channel (TB1). REST channels use only `cipher` and `schemas`. */
export interface ChannelOptions {
  /** Encrypts and decrypts payloads (TB2b1, RSL5a). Defaults to no encryption. */
  cipher?: CipherParamOptions | null;
  /** Channel parameters, for example `{ rewind: "1" }` (TB2c). Realtime only. */
  params?: Record<string, string> | null;
  /** The operations to use on the channel, in lower or upper case (TB2d). Realtime only. */
  modes?: ChannelMode[] | null;
  /** Whether subscribing attaches. Defaults to true (TB4). Realtime only. */
  attachOnSubscribe?: boolean | null;
  /**
   * Schemas by event name. The data of a message, in the form that is sent, is checked before it is published. Defaults to no
   * check.
   */
  schemas?: DataSchemas | null;
}

const CHANNEL_OPTIONS: Shape<ChannelOptions> = {
  what: "The channel options",
  names: { cipher: true, params: true, modes: true, attachOnSubscribe: "boolean", schemas: true },
};

/**
 * Reads channel options. Each member is read once.
 *
 * @param logger Receives a warning for names that differ slightly from those of options.
 * @throws {ErrorInfo} 40003 if they can't be read.
 */
export function readChannelOptions(
  given: ChannelOptions,
  logger: Logger,
): Members<ChannelOptions> {
  const options = readObject(given, CHANNEL_OPTIONS);
  warnOfMisses(logger, given, CHANNEL_OPTIONS);
  if (options.schemas !== undefined) {
    const entries = readEntries(options.schemas, { what: 'The channel option "schemas"' });
    options.schemas = Object.fromEntries(entries) as DataSchemas;
    checkSchemas(options.schemas);
  }
  return options;
}
