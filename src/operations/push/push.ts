import { copyEntries } from "../../util/copy.ts";
import { invalidParameter } from "../../client/checks.ts";
import { type CallOptions, signalOf } from "../../client/call_options.ts";
import type { ClientContext } from "../../client/context.ts";
import { PushChannelSubscriptions } from "./channel_subscriptions.ts";
import { PushDeviceRegistrations } from "./device_registrations.ts";
import {
  createApnsBroadcast,
  type PushApnsBroadcast,
  type PushApnsBroadcastOptions,
  PushLiveActivity,
} from "./live_activity.ts";
import { sendPush } from "./push_requests.ts";
import type { PushPayload, PushRecipient } from "./push_types.ts";

/** Push notifications (RSC21). */
export class Push {
  /** The calls that need the `push-admin` capability (RSH1). */
  readonly admin: PushAdmin;

  /** Made by its client. */
  constructor(context: ClientContext) {
    this.admin = new PushAdmin(context);
  }
}

/** Sends push notifications, and manages devices and subscriptions (RSH1). It requires the `push-admin` capability. */
export class PushAdmin {
  /** The registered devices (RSH1b). */
  readonly deviceRegistrations: PushDeviceRegistrations;
  /** The subscriptions to channels (RSH1c). */
  readonly channelSubscriptions: PushChannelSubscriptions;
  /** iOS Live Activities; a preview. */
  readonly liveActivity: PushLiveActivity;
  readonly #context: ClientContext;

  /** Made by its client. */
  constructor(context: ClientContext) {
    this.#context = context;
    this.deviceRegistrations = new PushDeviceRegistrations(context);
    this.channelSubscriptions = new PushChannelSubscriptions(context);
    this.liveActivity = new PushLiveActivity(context);
  }

  /**
   * Sends a push notification to a device or to a client's devices (RSH1a).
   *
   * @param recipient The recipient, for example `{ clientId: "ann" }`.
   * @param payload The notification, for example `{ notification: { title: "Hello" } }`.
   * @param options The signal.
   * @throws {ErrorInfo} 40003 if the recipient or the payload is empty; or the error that the service returned.
   */
  async publish(
    recipient: PushRecipient,
    payload: PushPayload,
    options?: CallOptions | null,
  ): Promise<void> {
    const to = filled(recipient, "The recipient");
    const body = { ...filled(payload, "The payload"), recipient: to };
    const signal = signalOf(options);
    await sendPush(this.#context, { method: "POST", path: "/push/publish", body, signal });
  }

  /**
   * Creates an APNs broadcast channel, for {@linkcode liveActivity}. This is a preview, as in `ably`, and may change.
   *
   * @param broadcast The options of the channel.
   * @param options The signal.
   * @throws {ErrorInfo} 40003 for options that are not valid; or the error that the service returned.
   */
  createApnsBroadcast(
    broadcast: PushApnsBroadcastOptions,
    options?: CallOptions | null,
  ): Promise<PushApnsBroadcast> {
    return createApnsBroadcast(this.#context, broadcast, options);
  }
}

/** RSH1a: empty values are rejected before a request is sent. */
function filled(value: unknown, what: string): Record<string, unknown> {
  const copy = copyEntries(value, { what });
  if (Object.keys(copy).length > 0) return copy;
  throw invalidParameter(`${what} is empty`, "Give the recipient and the notification.");
}
