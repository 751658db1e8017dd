import * as ErrorCode from "../../error_numbers.ts";
import { checkText, invalidParameter } from "../../client/checks.ts";
import { pathSegment } from "../../client/paths.ts";
import { type CallOptions, signalOf } from "../../client/call_options.ts";
import type { ClientContext } from "../../client/context.ts";
import { copyEntries, withoutNulls } from "../../util/copy.ts";
import { sendPush } from "./push_requests.ts";

/** The options of an APNs broadcast channel. */
export interface PushApnsBroadcastOptions {
  /** 1 if devices that join late get the last update, else 0. */
  messageStoragePolicy: 0 | 1;
}

/** An APNs broadcast channel. */
export interface PushApnsBroadcast {
  /** Its id, for the calls of {@linkcode PushLiveActivity}. */
  id: string;
  /** The id that Apple has given it. */
  apnsChannelId: string;
}

/** The update or the end of a Live Activity. */
export interface PushLiveActivityUpdateParams {
  /** The `id` from `createApnsBroadcast()`. */
  apnsBroadcast: string;
  /** The payload, which is passed to APNs as it is. */
  apns: unknown;
  /** Headers for APNs, such as `apns-priority`. */
  headers?: Record<string, string> | null;
}

/** The end of a Live Activity. */
export type PushLiveActivityEndParams = PushLiveActivityUpdateParams;

/** The start of a Live Activity. */
export interface PushLiveActivityStartParams extends PushLiveActivityUpdateParams {
  /** The devices that are subscribed to one of some channels, or one device. */
  recipient: { channels: string[]; deviceId?: null } | { deviceId: string; channels?: null };
}

const PATH = "/push/apnsBroadcastChannels";

/**
 * Creates an APNs broadcast channel.
 *
 * @throws {ErrorInfo} 40003 for options that are not valid; or the error that the service returned.
 */
export async function createApnsBroadcast(
  context: ClientContext,
  given: PushApnsBroadcastOptions,
  options?: CallOptions | null,
): Promise<PushApnsBroadcast> {
  const { messageStoragePolicy } = copyEntries(given, { what: "The options" });
  const body = { messageStoragePolicy };
  const signal = signalOf(options);
  return await sendPush(context, { method: "POST", path: PATH, body, signal }) as PushApnsBroadcast;
}

/** iOS Live Activities on an APNs broadcast channel. This is a preview, as in `ably`, and may change. */
export class PushLiveActivity {
  readonly #context: ClientContext;

  /** Made by its client. */
  constructor(context: ClientContext) {
    this.#context = context;
  }

  /**
   * Starts a Live Activity on devices.
   *
   * @param params The recipient, the broadcast channel and the payload.
   * @param options The signal.
   * @throws {ErrorInfo} 40000 without a recipient or with two, 40003 for other params that are not valid; or the error that
   * the service returned.
   */
  start(params: PushLiveActivityStartParams, options?: CallOptions | null): Promise<void> {
    return this.#send("start", params, options);
  }

  /** Sends an update to all devices with the Live Activity. Fails as {@linkcode start} does. */
  update(params: PushLiveActivityUpdateParams, options?: CallOptions | null): Promise<void> {
    return this.#send("broadcast", params, options);
  }

  /** Ends the Live Activity, and its broadcast channel. Fails as {@linkcode start} does. */
  end(params: PushLiveActivityEndParams, options?: CallOptions | null): Promise<void> {
    return this.#send("end", params, options);
  }

  async #send(verb: string, given: object, options?: CallOptions | null): Promise<void> {
    const params = copyEntries(given, { what: "The params" });
    const { apnsBroadcast, apns, headers, recipient } = params;
    checkText(apnsBroadcast, "The id of the broadcast channel");
    const { channels, deviceId } = (recipient ?? {}) as PushLiveActivityStartParams["recipient"];
    if (verb === "start" && (channels == null) === (deviceId == null)) {
      throw invalidParameter(
        `The recipient has ${
          channels == null ? "neither channels nor" : "both channels and"
        } a deviceId`,
        "Give exactly one of recipient.channels and recipient.deviceId.",
        ErrorCode.BadRequest,
      );
    }
    await sendPush(this.#context, {
      method: "POST",
      path: `${PATH}/${pathSegment(apnsBroadcast, "The id of the broadcast channel")}/${verb}`,
      body: withoutNulls({ apns, channels, deviceId, headers }),
      signal: signalOf(options),
    });
  }
}
