import type { AesCbcCipher } from "../crypto/aes_cbc.ts";
import type { DecodeContext } from "../encoding/chain.ts";
import { describeError, type Logger } from "../util/logger.ts";
import type { DataSchemas } from "./data_schemas.ts";

/** What an operation on a channel needs to know of it. */
export interface ChannelTarget {
  /** The channel's name. */
  readonly name: string;
  /** Its cipher, if it has one (RSL5a). */
  readonly cipher: AesCbcCipher | null;
  /** The schemas of its data, if there are any. */
  readonly schemas?: DataSchemas | null;
}

/** The path of a channel, its name percent-encoded. */
export function channelPath(channel: { name: string }): string {
  return `/channels/${encodeURIComponent(channel.name)}`;
}

/** The path of a message on a channel. */
export function messagePath(channel: { name: string }, serial: string): string {
  return `${channelPath(channel)}/messages/${encodeURIComponent(serial)}`;
}

/** How to decode what comes from a channel; what cannot be decoded is logged (RSL6b). */
export function decodeContext(logger: Logger, cipher: AesCbcCipher | null): DecodeContext {
  return { cipher, onError: (error) => logger.error(() => describeError(error)) };
}
