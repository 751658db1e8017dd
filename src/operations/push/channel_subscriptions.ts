import { checkChannelName, invalidParameter } from "../../client/checks.ts";
import { type CallOptions, signalOf } from "../../client/call_options.ts";
import type { ClientContext } from "../../client/context.ts";
import { NOT_EMPTY, readObject, type Shape } from "../../util/read_members.ts";
import type { PaginatedResult } from "../paging/paginated_result.ts";
import { checkFilter, deletePush, deleteWhere, listPush, sendPush } from "./push_requests.ts";
import type { PushChannelSubscription } from "./push_types.ts";
import { callbackRefused, checkNoCallback } from "../../util/callbacks.ts";

/** The filters for subscriptions. */
export interface SubscriptionFilter extends CallOptions {
  /** Only subscriptions to this channel. */
  channel?: string | null;
  /** Only subscriptions of this device. */
  deviceId?: string | null;
  /** Only subscriptions of this client. */
  clientId?: string | null;
}

/** The params for listing subscriptions (RSH1c1). */
export interface ListSubscriptionsParams extends SubscriptionFilter {
  /** Whether a match of either `deviceId` or `clientId` suffices. Defaults to false. */
  concatFilters?: boolean | null;
  /** The number of subscriptions in a page. Defaults to 100. */
  limit?: number | null;
}

/** The parameters for listing the channels that have subscriptions (RSH1c2). */
export interface ListPushChannelsParams extends CallOptions {
  /** The number of channels in a page. Defaults to 100. */
  limit?: number | null;
}

/** The path of push subscriptions. */
export const SUBSCRIPTIONS_PATH = "/push/channelSubscriptions";

/** The subscriptions to push notifications of channels (RSH1c). They require the `push-admin` capability. */
export class PushChannelSubscriptions {
  readonly #context: ClientContext;

  /** Made by its client. */
  constructor(context: ClientContext) {
    this.#context = context;
  }

  /**
   * Subscribes a device, or all devices of a client, to a channel (RSH1c3).
   *
   * @param subscription The channel, and either the device or the client.
   * @param options The signal.
   * @returns The subscription.
   * @throws {ErrorInfo} 40003 unless exactly one of `deviceId` and `clientId` is given (PCS5), 40010 without a channel;
   * or the error that the service returned.
   */
  async save(
    subscription: PushChannelSubscription,
    options?: CallOptions | null,
  ): Promise<PushChannelSubscription> {
    const wire = checked(subscription);
    const body = await sendPush(this.#context, {
      method: "POST",
      path: SUBSCRIPTIONS_PATH,
      body: wire,
      signal: signalOf(options),
    });
    return (body ?? wire) as PushChannelSubscription;
  }

  /**
   * Lists subscriptions (RSH1c1).
   *
   * @param params The filters, and the signal.
   * @throws {ErrorInfo} 40003 if a parameter is not valid; or the error that the service returned.
   */
  list(params?: ListSubscriptionsParams | null): Promise<PaginatedResult<PushChannelSubscription>> {
    const decode = (item: unknown) => item as PushChannelSubscription;
    return callbackRefused(arguments) ??
      listPush(this.#context, SUBSCRIPTIONS_PATH, { params, decode });
  }

  /**
   * Lists the names of the channels that have subscriptions (RSH1c2).
   *
   * @param params The size of a page, and the signal.
   * @throws {ErrorInfo} 40003 if a parameter is not valid; or the error that the service returned.
   */
  listChannels(params?: ListPushChannelsParams | null): Promise<PaginatedResult<string>> {
    const decode = (item: unknown) => item as string;
    return callbackRefused(arguments) ??
      listPush(this.#context, "/push/channels", { params, decode });
  }

  /**
   * Removes the subscriptions with these attributes (RSH1c4). Succeeds even if there are none.
   *
   * @param subscription The channel, the device or the client; usually the channel and one of the other two.
   * @param options The signal.
   * @throws {ErrorInfo} 40003 without an attribute, or with both a device and a client; or the error that the service returned.
   */
  async remove(
    subscription: Partial<PushChannelSubscription>,
    options?: CallOptions | null,
  ): Promise<void> {
    const params = readObject(subscription, SUBSCRIPTION) as Record<string, string>;
    checkFilter(params, "subscriptions");
    if (params.deviceId !== undefined) checkOne(params);
    if (params.channel !== undefined) checkChannelName(params.channel);
    await deletePush(this.#context, SUBSCRIPTIONS_PATH, { params, signal: signalOf(options) });
  }

  /**
   * Removes all subscriptions that match (RSH1c5). Succeeds even if no subscription matches.
   *
   * @param params The filters, and the signal.
   * @throws {ErrorInfo} 40003 without a filter; or the error that the service returned.
   */
  async removeWhere(params: SubscriptionFilter): Promise<void> {
    checkNoCallback(arguments);
    await deleteWhere(this.#context, SUBSCRIPTIONS_PATH, { params, what: "subscriptions" });
  }
}

const SUBSCRIPTION: Shape<PushChannelSubscription> = {
  what: "The subscription",
  names: { channel: true, deviceId: NOT_EMPTY, clientId: NOT_EMPTY },
};

/** PCS5: exactly one of a device and a client is given. */
function checked(subscription: PushChannelSubscription): Record<string, string> {
  const given = readObject(subscription, SUBSCRIPTION);
  checkChannelName(given.channel);
  checkOne(given);
  return given as Record<string, string>;
}

/** PCS5 */
function checkOne({ deviceId, clientId }: Partial<PushChannelSubscription>): void {
  if ((deviceId == null) !== (clientId == null)) return;
  throw invalidParameter(
    `The subscription names ${
      deviceId == null ? "neither a device nor" : "both a device and"
    } a client`,
    "Give exactly one of deviceId and clientId.",
  );
}
