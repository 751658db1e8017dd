import { ServiceCode, serviceError } from "./service_error.ts";

/** The recipient of a push notification. */
export type PushRecipient = Readonly<Record<string, unknown>>;

/** A device that is registered for push notifications (PCD). */
export interface PushDevice {
  readonly id: string;
  readonly clientId?: string;
  readonly platform: string;
  readonly formFactor: string;
  readonly metadata: object;
  readonly deviceSecret?: string;
  readonly push: { readonly recipient: PushRecipient; readonly state: string };
}

/** The subscription of a device or client to a channel (PCS). */
export interface PushSubscription {
  readonly channel: string;
  readonly deviceId?: string;
  readonly clientId?: string;
}

/** The filters for subscriptions. */
export interface SubscriptionFilter {
  channel?: string;
  deviceId?: string;
  clientId?: string;
  /** Whether a match of either the device or the client suffices. */
  either?: boolean;
}

const PLATFORMS = ["android", "ios", "browser"];
const FORM_FACTORS = ["phone", "tablet", "desktop", "tv", "watch", "car", "embedded", "other"];
const TRANSPORTS = ["apns", "fcm", "gcm", "web", "ablyChannel"];

/** The registered devices of an app, and their subscriptions. */
export class PushStore {
  readonly #devices = new Map<string, PushDevice>();
  #subscriptions: PushSubscription[] = [];

  device(id: string): PushDevice | undefined {
    return this.#devices.get(id);
  }

  /** The devices that match an id and a client, if given. */
  devices({ deviceId, clientId }: { deviceId?: string; clientId?: string } = {}): PushDevice[] {
    return [...this.#devices.values()].filter((device) =>
      (deviceId === undefined || device.id === deviceId) &&
      (clientId === undefined || device.clientId === clientId)
    );
  }

  save(device: PushDevice): void {
    this.#devices.set(device.id, device);
  }

  /** Removes devices with their subscriptions. */
  remove(devices: readonly PushDevice[]): void {
    for (const { id } of devices) {
      this.#devices.delete(id);
      this.#subscriptions = this.#subscriptions.filter(({ deviceId }) => deviceId !== id);
    }
  }

  subscribe(subscription: PushSubscription): void {
    const key = subscriptionKey(subscription);
    if (this.#subscriptions.some((other) => subscriptionKey(other) === key)) return;
    this.#subscriptions.push(subscription);
  }

  subscriptions(filter: SubscriptionFilter = {}): PushSubscription[] {
    return this.#subscriptions.filter((subscription) => matches(subscription, filter));
  }

  unsubscribe(filter: SubscriptionFilter): void {
    this.#subscriptions = this.#subscriptions.filter((item) => !matches(item, filter));
  }

  /** The channels that have subscriptions. */
  channels(): string[] {
    return [...new Set(this.#subscriptions.map(({ channel }) => channel))].sort();
  }

  /** The devices that are subscribed to a channel, directly or through their client. */
  devicesSubscribedTo(channel: string): PushDevice[] {
    const found = new Set<PushDevice>();
    for (const { deviceId, clientId } of this.subscriptions({ channel })) {
      for (const device of this.devices({ deviceId, clientId })) found.add(device);
    }
    return [...found];
  }
}

/** The identity of a subscription. */
export function subscriptionKey({ channel, deviceId, clientId }: PushSubscription): string {
  return JSON.stringify([channel, deviceId ?? null, clientId ?? null]);
}

/**
 * Reads a device from a client's registration.
 *
 * @param earlier The earlier registration, for a change of some members.
 * @throws {ErrorInfo} 40000 if it is not a device.
 */
export function readDevice(
  id: string,
  given: Readonly<Record<string, unknown>>,
  earlier?: PushDevice,
): PushDevice {
  const merged = { ...earlier, ...given };
  const { platform, formFactor, clientId, metadata, deviceSecret } = merged;
  const recipient = (given.push as { recipient?: unknown } | undefined)?.recipient ??
    earlier?.push.recipient;
  if (id === "") throw malformedSubscription("a device needs an id");
  if (!PLATFORMS.includes(platform as string)) {
    throw malformedSubscription("the platform is unknown");
  }
  if (!FORM_FACTORS.includes(formFactor as string)) {
    throw malformedSubscription("the formFactor is unknown");
  }
  return {
    id,
    ...(typeof clientId === "string" && clientId !== "" && { clientId }),
    platform: platform as string,
    formFactor: formFactor as string,
    metadata: typeof metadata === "object" && metadata !== null ? metadata : {},
    ...(typeof deviceSecret === "string" && { deviceSecret }),
    push: { recipient: readRecipient(recipient), state: "ACTIVE" },
  };
}

function readRecipient(value: unknown): PushRecipient {
  if (typeof value !== "object" || value === null) {
    throw malformedSubscription("push needs a recipient");
  }
  const recipient = value as PushRecipient;
  if (TRANSPORTS.includes(recipient.transportType as string)) return recipient;
  throw malformedSubscription("the transportType is unknown");
}

function matches(subscription: PushSubscription, filter: SubscriptionFilter): boolean {
  const { channel, deviceId, clientId, either } = filter;
  if (channel !== undefined && subscription.channel !== channel) return false;
  const device = deviceId === undefined || subscription.deviceId === deviceId;
  const client = clientId === undefined || subscription.clientId === clientId;
  return either && deviceId !== undefined && clientId !== undefined
    ? device || client
    : device && client;
}

function malformedSubscription(why: string): Error {
  return serviceError(ServiceCode.BadRequest, `The device is malformed: ${why}`);
}
