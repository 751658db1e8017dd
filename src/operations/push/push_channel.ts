import * as ErrorCode from "../../error_numbers.ts";
import { inspect, shownAs } from "../../util/inspect.ts";
import { invalidParameter } from "../../client/checks.ts";
import { type CallOptions, readParams, signalOf } from "../../client/call_options.ts";
import type { ClientContext } from "../../client/context.ts";
import type { PaginatedResult } from "../paging/paginated_result.ts";
import { type ListSubscriptionsParams, SUBSCRIPTIONS_PATH } from "./channel_subscriptions.ts";
import { deletePush, listPush, PUSH_PARAMS, sendPush } from "./push_requests.ts";
import type { PushChannelSubscription } from "./push_types.ts";

/**
 * The push subscriptions of this client to a channel (RSH7). The runtimes of this module cannot receive push notifications, so
 * subscribing the client subscribes its registered devices.
 */
export class PushChannel {
  readonly #context: ClientContext;
  readonly #name: string;

  /** Made by its channel. */
  constructor(context: ClientContext, channel: { name: string }) {
    this.#context = context;
    this.#name = channel.name;
  }

  /** The form in which a console shows it. */
  [inspect](...given: unknown[]): unknown {
    return shownAs("PushChannel", { channel: this.#name }, given);
  }

  /**
   * Subscribes all devices of this client to the channel (RSH7b, RSH7b2).
   *
   * @param options The signal.
   * @throws {ErrorInfo} 40012 if the client has no clientId (RSH7b1); or the error that the service returned.
   */
  async subscribeClient(options?: CallOptions | null): Promise<void> {
    const body = { channel: this.#name, clientId: this.#clientId("subscribe") };
    const signal = signalOf(options);
    await sendPush(this.#context, { method: "POST", path: SUBSCRIPTIONS_PATH, body, signal });
  }

  /**
   * Ends the subscription of this client to the channel (RSH7d, RSH7d2).
   *
   * @param options The signal.
   * @throws {ErrorInfo} 40012 if the client has no clientId (RSH7d1); or the error that the service returned.
   */
  async unsubscribeClient(options?: CallOptions | null): Promise<void> {
    const params = { channel: this.#name, clientId: this.#clientId("unsubscribe") };
    await deletePush(this.#context, SUBSCRIPTIONS_PATH, { params, signal: signalOf(options) });
  }

  /**
   * Lists the subscriptions to the channel: those of this client, if it has a clientId (RSH7e).
   *
   * @param params The filters, and the signal.
   * @throws {ErrorInfo} 40003 if a parameter is not valid; or the error that the service returned.
   */
  async listSubscriptions(
    params?: ListSubscriptionsParams | null,
  ): Promise<PaginatedResult<PushChannelSubscription>> {
    const given = readParams(params ?? {}, PUSH_PARAMS);
    const clientId = this.#concreteClientId();
    return await listPush(this.#context, SUBSCRIPTIONS_PATH, {
      params: {
        ...clientId !== null && { clientId },
        ...given,
        channel: this.#name,
        concatFilters: true,
      },
      decode: (item) => item as PushChannelSubscription,
    });
  }

  #concreteClientId(): string | null {
    const { clientId } = this.#context.auth;
    return clientId == null || clientId === "*" ? null : clientId;
  }

  #clientId(action: string): string {
    const clientId = this.#concreteClientId();
    if (clientId !== null) return clientId;
    throw invalidParameter(
      `Failed to ${action} the client: it has no clientId of its own`,
      "Give the option clientId, or use push.admin.channelSubscriptions to act for others.",
      ErrorCode.InvalidClientId,
    );
  }
}
