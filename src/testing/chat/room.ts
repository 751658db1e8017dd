import { type Admission, withClientId } from "../auth/presented_credentials.ts";
import type { Channel } from "../core/channel.ts";
import type { StoredMessage } from "../core/channel_event.ts";
import { parsePublishable } from "../core/channel_name.ts";
import { findMessage } from "../core/mutate.ts";
import { ServiceCode, serviceError } from "../core/service_error.ts";
import { authenticate, type Exchange, queryOf, requirePermission } from "../routes/exchange.ts";
import { CHAT_MESSAGE } from "./chat_message.ts";

/** The end of the name of a room's channel (CHA-RC3c). */
export const ROOM_SUFFIX = "::$chat";

/** A room, and the client that sent the request. */
export interface Room {
  readonly admission: Admission;
  /** The full name of the room's channel. */
  readonly channelName: string;
  readonly channel: Channel;
}

/**
 * The room of a request.
 *
 * @param operation The operation that the credentials must permit, unless the caller checks it.
 * @throws {ErrorInfo} 40010, 40102 or 40160 if the request is refused.
 */
export async function roomOf(c: Exchange, operation?: string): Promise<Room> {
  const named = queryOf(c).get("clientId") ?? undefined;
  const admission = withClientId(await authenticate(c), named);
  const { full: channelName, base } = parsePublishable(c.req.param("room") + ROOM_SUFFIX);
  if (operation !== undefined) requirePermission(admission, { channel: channelName, operation });
  return { admission, channelName, channel: admission.app.channel(base) };
}

/**
 * The chat message of a request.
 *
 * @throws {ErrorInfo} 40400 if the room has no such message.
 */
export function messageOf(c: Exchange, { channel }: Room): StoredMessage {
  const message = findMessage(channel, c.req.param("serial"));
  if (message.name === CHAT_MESSAGE) return message;
  throw serviceError(ServiceCode.NotFound, "The room has no message with this serial");
}

/**
 * The clientId of a request. Chat has no anonymous clients.
 *
 * @throws {ErrorInfo} 40012 if the request has none.
 */
export function clientIdOf({ admission }: Room): string {
  const { clientId } = admission.grant;
  if (clientId !== undefined) return clientId;
  throw serviceError(ServiceCode.InvalidClientId, "Chat needs a clientId");
}
