import type { AesCbcCipher } from "../crypto/aes_cbc.ts";
import type { DecodeContext } from "../encoding/chain.ts";
import { describeError, type Logger } from "../util/logger.ts";
import type { DataSchemas } from "./data_schemas.ts";

/** The properties of a channel that operations use. */
export interface ChannelRef {
  /** The channel's name. */
  readonly name: string;
  /** Its cipher, if it has one (RSL5a). */
  readonly cipher: AesCbcCipher | null;
  /** The schemas of its data, if there are any. */
  readonly schemas?: DataSchemas | null;
}

/** The context for decoding a channel's payloads. It logs payloads that cannot be decoded (RSL6b). */
export function decodeContext(
  logger: Logger,
  { name, cipher }: Pick<ChannelRef, "name" | "cipher">,
): DecodeContext {
  return { cipher, onError: channelErrors(logger.of("channel"), name) };
}

/** A function that logs errors of a channel which no call reports. */
export function channelErrors(logger: Logger, name: string): (error: unknown) => void {
  return (error) => logger.error(() => `Channel "${name}": ${describeError(error)}`);
}
