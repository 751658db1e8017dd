import type { AesCbcCipher } from "../crypto/aes_cbc.ts";
import type { DecodeContext } from "../encoding/chain.ts";
import { ErrorCode } from "../error_codes.ts";
import { describeError, type Logger } from "../util/logger.ts";
import { pathSegment } from "./arguments.ts";
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

/**
 * The path of a channel, its name percent-encoded.
 *
 * @throws {ErrorInfo} 40010 if the name cannot be part of a URL.
 */
export function channelPath({ name }: { name: string }): string {
  return `/channels/${pathSegment(name, "The channel name", ErrorCode.InvalidChannelName)}`;
}

/**
 * The path of a message on a channel.
 *
 * @throws {ErrorInfo} 40010 if the name, 40003 if the serial cannot be part of a URL.
 */
export function messagePath(channel: { name: string }, serial: string): string {
  return `${channelPath(channel)}/messages/${pathSegment(serial, "The serial")}`;
}

/** How to decode what comes from a channel; what cannot be decoded is logged (RSL6b). */
export function decodeContext(logger: Logger, cipher: AesCbcCipher | null): DecodeContext {
  return { cipher, onError: (error) => logger.error(() => describeError(error)) };
}
