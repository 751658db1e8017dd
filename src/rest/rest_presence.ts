import type { InboundPresenceMessage } from "../messages/presence_message.ts";
import type { ChannelRef } from "../client/channel_ref.ts";
import type { ClientContext } from "../client/context.ts";
import type { PaginatedResult } from "../operations/paging/paginated_result.ts";
import type { RangeParams } from "../operations/range_params.ts";
import { getPresence, presenceHistory, type RestPresenceParams } from "../operations/presence.ts";
import { callbackRefused } from "../util/callbacks.ts";
import { inspect, shownAs } from "../util/inspect.ts";

/** The presence set of a channel and its history (RSP1). Entering requires a realtime client (RSP2). */
export class RestPresence {
  readonly #context: ClientContext;
  readonly #channel: ChannelRef;

  /** Made by its channel. */
  constructor(context: ClientContext, channel: ChannelRef) {
    this.#context = context;
    this.#channel = channel;
  }

  /** The form in which a console shows it. */
  [inspect](...given: unknown[]): unknown {
    return shownAs("RestPresence", { channel: this.#channel.name }, given);
  }

  /**
   * Reads the current members (RSP3).
   *
   * @param params The filters, and the signal.
   * @throws {ErrorInfo} 40003 if a parameter is out of its range; or the error that the service returned.
   */
  get(params?: RestPresenceParams | null): Promise<PaginatedResult<InboundPresenceMessage>> {
    return callbackRefused(arguments) ?? getPresence(this.#context, this.#channel, params);
  }

  /**
   * Reads the history of presence events (RSP4).
   *
   * @param params The range of events, and the signal.
   * @throws {ErrorInfo} 40003 if a parameter is out of its range; or the error that the service returned.
   */
  history(params?: RangeParams | null): Promise<PaginatedResult<InboundPresenceMessage>> {
    return callbackRefused(arguments) ?? presenceHistory(this.#context, this.#channel, params);
  }
}
