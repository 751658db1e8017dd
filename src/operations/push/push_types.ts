import { errorFromWire, type ErrorInfo } from "../../errors.ts";
import { copyOf, withoutNulls } from "../../util/copy.ts";
import { copyMembers, type Shape } from "../../util/read_members.ts";
import { checkText } from "../../client/checks.ts";

/** The form factor of a device (PCD4). */
export type DeviceFormFactor =
  | "phone"
  | "tablet"
  | "desktop"
  | "tv"
  | "watch"
  | "car"
  | "embedded"
  | "other";

/** The system of a device (PCD6). */
export type DevicePlatform = "android" | "ios" | "browser";

/** The state of a push registration (PCP4). */
export type DevicePushState = "ACTIVE" | "FAILING" | "FAILED";

/** The recipient of push notifications, for example `{ transportType: "fcm", registrationToken: "…" }` (PCP3). */
export type PushRecipient = Record<string, unknown>;

/** A notification, as in Ably's push documentation: `notification`, `data` and parts for single transports. */
export type PushPayload = Record<string, unknown>;

/** The push registration of a device (PCP1). */
export interface DevicePushDetails {
  /** The latest error, while the registration fails (PCP2). */
  errorReason?: ErrorInfo | null;
  /** The transport and the address (PCP3). */
  recipient: PushRecipient;
  /** The state of the registration (PCP4). */
  state?: DevicePushState;
}

/** A device that is registered for push notifications (PCD1). */
export interface DeviceDetails {
  /** Identifies the device (PCD2). */
  id: string;
  /** The clientId that the device belongs to (PCD3). */
  clientId?: string | null;
  /** Its form factor (PCD4). */
  formFactor: DeviceFormFactor;
  /** Further data to register with it (PCD5). */
  metadata?: Record<string, unknown>;
  /** Its system (PCD6). */
  platform: DevicePlatform;
  /** Its push registration (PCD7). */
  push: DevicePushDetails;
  /** Proves that the sender registered the device; sent when saving, never received. */
  deviceSecret?: string;
}

/** A subscription of a device, or of all devices of a client, to a channel's push notifications (PCS1). */
export interface PushChannelSubscription {
  /** The device (PCS2). Exactly one of `deviceId` and `clientId` is given (PCS5). */
  deviceId?: string | null;
  /** The client (PCS3). */
  clientId?: string | null;
  /** The channel (PCS4). */
  channel: string;
}

const DEVICE: Shape<DeviceDetails> = {
  what: "The device",
  names: {
    id: true,
    clientId: true,
    formFactor: true,
    metadata: true,
    platform: true,
    push: true,
    deviceSecret: true,
  },
};

const PUSH: Shape<DevicePushDetails> = {
  what: 'The attribute "push" of the device',
  names: { errorReason: true, recipient: true, state: true },
};

/**
 * A copy of a device to register.
 *
 * @throws {ErrorInfo} 40003 if it has no id or no push registration, or JSON cannot represent it.
 */
export function ownDevice(given: DeviceDetails): DeviceDetails {
  const device = withoutNulls(copyMembers(given, DEVICE));
  checkText(device.id, 'The attribute "id" of the device');
  const push = withoutNulls(copyMembers(device.push, PUSH));
  return copyOf({ ...device, push }) as DeviceDetails;
}

/** Completes a device from the service, in place. */
export function completeDevice(wire: unknown): DeviceDetails {
  const device = wire as DeviceDetails & { push?: { error?: unknown } };
  const error = device.push?.errorReason ?? device.push?.error;
  if (error != null) device.push.errorReason = errorFromWire(error);
  return device;
}
