import type { Channel, PushPayload } from "./channel.ts";
import { parsePublishable } from "./channel_name.ts";
import { publishMessages } from "./accept_messages.ts";
import type { PushRecipient, PushStore } from "./push_store.ts";
import { ServiceCode, serviceError } from "./service_error.ts";

/** The name of messages that represent push notifications. */
const PUSH_MESSAGE = "__ably_push__";
const PAYLOAD_MEMBERS = ["notification", "data", "apns", "fcm", "gcm", "web"];

/** Finds the app that a key belongs to. */
export type FindApp = (key: string) => { channel(name: string): Channel } | undefined;

/**
 * Reads the payload of a push notification.
 *
 * @throws {ErrorInfo} 40000 if it is empty, or not valid.
 */
export function readPayload(given: PushPayload): PushPayload {
  const names = Object.keys(given);
  if (names.length > 0 && names.every((name) => PAYLOAD_MEMBERS.includes(name))) return given;
  throw serviceError(
    ServiceCode.BadRequest,
    `A push payload must have some of ${PAYLOAD_MEMBERS.join(", ")}, and nothing else`,
  );
}

/** Sends a notification to one recipient: a device, a client, or an address. */
export function pushTo(
  recipient: PushRecipient,
  payload: PushPayload,
  { store, findApp }: { store: PushStore; findApp: FindApp },
): void {
  const { deviceId, clientId, transportType } = recipient as Record<string, string | undefined>;
  if (transportType !== undefined) return deliver(recipient, payload, findApp);
  if (deviceId === undefined && clientId === undefined) {
    throw serviceError(ServiceCode.BadRequest, "A push needs a recipient");
  }
  for (const device of store.devices({ deviceId, clientId })) {
    deliver(device.push.recipient, payload, findApp);
  }
}

/** A channel is the only address that can be reached without the vendors of phones. */
function deliver(recipient: PushRecipient, payload: PushPayload, findApp: FindApp): void {
  const { transportType, channel, ablyKey } = recipient;
  if (transportType !== "ablyChannel" || !isChannelName(channel)) return;
  const app = typeof ablyKey === "string" ? findApp(ablyKey) : undefined;
  if (app === undefined) return;
  const { data, notification } = payload;
  const message = {
    name: PUSH_MESSAGE,
    data: JSON.stringify({ data, notification }),
    action: 0,
    hasData: true,
  };
  publishMessages(app.channel(channel), [message], { publisher: { wildcard: true } });
}

function isChannelName(name: unknown): name is string {
  try {
    return parsePublishable(name).base === name;
  } catch {
    return false;
  }
}
