/**
 * Channels as server-sent events: follow them over HTTP without a connection, and pass them on to browsers.
 *
 * @example Passing a channel on to the pages of signed-in users
 * ```ts
 * import { Rest } from "@ably-edge/sdk/rest";
 * import { eventStream, streamMessages } from "@ably-edge/sdk/sse";
 *
 * const rest = new Rest("appId.keyId:secret");
 *
 * export default {
 *   fetch(request: Request): Response {
 *     const lastEvent = request.headers.get("last-event-id");
 *     const messages = streamMessages(rest.channels.get("news"), { lastEvent, rewind: 10 });
 *     return eventStream(messages, { signal: request.signal });
 *   },
 * };
 * ```
 *
 * @module
 */
export { ErrorInfo, type ErrorInfoValues } from "../errors.ts";
export { eventStream, type EventStreamOptions } from "./event_stream.ts";
export {
  type MessageStream,
  type Streamed,
  streamMessages,
  type StreamOptions,
} from "./message_stream.ts";
