import * as ErrorCode from "../error_numbers.ts";
import { checkChannelName, invalidParameter } from "./checks.ts";

/**
 * A text as one segment of a path, percent-encoded.
 *
 * @param what The name of the text, for the error.
 * @throws {ErrorInfo} 40003, or the given code, if the text cannot be part of a URL. In URLs, `.` and `..` are steps to another
 * path even if they are percent-encoded, so a channel of that name would be another resource.
 */
export function pathSegment(
  text: string,
  what: string,
  code: number = ErrorCode.InvalidParameter,
): string {
  if (text !== "." && text !== "..") {
    try {
      return encodeURIComponent(text);
    } catch {
      // It has a lone surrogate.
    }
  }
  throw invalidParameter(
    `${what} cannot be part of a URL: ${JSON.stringify(text)}`,
    'Give a text other than "." and "..", without lone surrogates.',
    code,
  );
}

/**
 * The path of a channel, its name percent-encoded.
 *
 * @throws {ErrorInfo} 40010 if the name cannot be part of a URL.
 */
export function channelPath({ name }: { name: string }): string {
  checkChannelName(name);
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
