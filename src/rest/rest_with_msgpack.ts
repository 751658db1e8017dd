import type { Auth } from "../auth/auth.ts";
import type { CallOptions, CallParams } from "../client/call_options.ts";
import type { ClientOptions } from "../client/client_options.ts";
import type { WrapperSDKProxyOptions } from "../client/wrapper_sdk.ts";
import type {
  BatchPresenceResult,
  BatchPublishResult,
  BatchPublishSpec,
} from "../operations/batch.ts";
import type { HttpPaginatedResponse } from "../operations/paging/http_paginated_response.ts";
import type { PaginatedResult } from "../operations/paging/paginated_result.ts";
import type { Push } from "../operations/push/push.ts";
import type { Stats, StatsParams } from "../operations/stats.ts";
import type { RestChannels } from "./rest_channels.ts";
import type { RestClient } from "./rest_client.ts";
import { msgpackCodec } from "../protocol/msgpack_codec.ts";
import { Rest as RestWithoutMsgpack } from "./rest.ts";
import { withPlugins } from "../client/plugins.ts";

/**
 * A client that works over HTTP (RSC1): it publishes, reads history and presence, and issues tokens. It has no connection, so
 * it may be kept for the life of the process, also at module scope.
 *
 * It uses MessagePack unless `useBinaryProtocol` is false (TO3f). The `Rest` of the entry `./rest` is smaller and uses JSON.
 *
 * @example Publishing
 * ```ts
 * import { Rest } from "@ably-edge/sdk";
 *
 * const rest = new Rest("appId.keyId:secret");
 *
 * export async function announce(order: { id: string }): Promise<void> {
 *   await rest.channels.get("orders").publish("placed", order);
 * }
 * ```
 */
export class Rest extends RestWithoutMsgpack {
  /**
   * The name of the class. Bundlers rename one of two classes of the same name.
   *
   * @ignore
   */
  static override get name(): string {
    return "Rest"; // A block would make bundlers keep a class that is not used.
  }

  /**
   * Makes a client. The constructor sends no request and starts no timer.
   *
   * @param options The options; or a key or a token; only a key has a colon (RSC1a).
   * @throws {ErrorInfo} 40106 without a way to authenticate (RSC1b), 40005 for a malformed key, 40012 for a bad clientId, 40000
   * for other bad options.
   */
  constructor(options: ClientOptions | string) {
    super(withPlugins(options, { msgpack: msgpackCodec }));
  }
}

// `deno doc` and JSR list only the own members of a class, so the interface names the inherited ones, too.
/** The members that the class inherits. */
export interface Rest {
  /** Authentication, and issuing of tokens (RSC5). */
  readonly auth: Auth;
  /** The channels (RSN1). */
  readonly channels: RestChannels;
  /** Push notifications (RSC21). */
  readonly push: Push;
  /** The options, with their defaults. Of these, only `agents` may be changed. */
  get options(): ClientOptions;
  /** Asks the service for its time, in milliseconds since the Unix epoch (RSC16). */
  time(options?: CallOptions | null): Promise<number>;
  /** Reads the statistics of the application, page by page (RSC6a). */
  stats(params?: StatsParams | null): Promise<PaginatedResult<Stats>>;
  /** Sends a request to any of Ably's REST endpoints; an HTTP error status does not reject (RSC19). */
  request<T = unknown>(
    method: string,
    path: string,
    version?: number | null,
    params?: CallParams | null,
    body?: object | null,
    headers?: Record<string, string> | null,
  ): Promise<HttpPaginatedResponse<T>>;
  /** Publishes messages to several channels in one request, with one result for each channel (RSC22). */
  batchPublish(spec: BatchPublishSpec, options?: CallOptions | null): Promise<BatchPublishResult>;
  /** Publishes several specs in one request, with one result for each spec (RSC22). */
  batchPublish(
    specs: readonly BatchPublishSpec[],
    options?: CallOptions | null,
  ): Promise<BatchPublishResult[]>;
  /** Reads the members of several channels in one request (RSC24). */
  batchPresence(
    channels: readonly string[],
    options?: CallOptions | null,
  ): Promise<BatchPresenceResult>;
  /** A view of this client whose requests name a wrapper SDK; for SDKs that Ably authors (RSC26). */
  createWrapperSDKProxy(options: WrapperSDKProxyOptions): RestClient<RestChannels>;
  /** Ends the use of the client; it has no connection, so the promise resolves at once. */
  close(): Promise<void>;
  /** Ends the use of the client at the end of an `await using` block. */
  [Symbol.asyncDispose](): Promise<void>;
}
