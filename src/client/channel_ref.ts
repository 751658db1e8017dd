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
export function decodeContext(logger: Logger, cipher: AesCbcCipher | null): DecodeContext {
  return { cipher, onError: (error) => logger.of("channel").error(() => describeError(error)) };
}
