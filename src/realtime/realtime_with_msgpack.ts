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
import type { RealtimeChannels } from "./channel/realtime_channels.ts";
import type { Connection } from "./connection/connection.ts";
import type { RealtimeClient } from "./realtime_client.ts";
import { msgpackCodec } from "../protocol/msgpack_codec.ts";
import { withPlugins } from "../client/plugins.ts";
import { Realtime as RealtimeWithoutMsgpack } from "./realtime.ts";

/**
 * A client with a connection (RTC1): it publishes and subscribes, enters presence, and has all calls of a REST client. It
 * connects when it is made, unless `autoConnect` is off.
 *
 * It uses MessagePack unless `useBinaryProtocol` is false (TO3f). The `Realtime` of the entry `./realtime` is smaller and uses
 * JSON.
 *
 * On Cloudflare Workers it must be made while a request or a Durable Object is being served. Make one for each request, or keep
 * it in a Durable Object. A client that is kept for later requests opens its connection again in the request that uses it, once
 * the request that opened it has ended, and logs that as an error. Messages from between the two requests arrive late or not at
 * all.
 *
 * @example Receiving and publishing
 * ```ts
 * import { Realtime } from "@ably-edge/sdk";
 *
 * export async function greet(key: string): Promise<void> {
 *   await using client = new Realtime(key);
 *   const channel = client.channels.get("greetings");
 *   await channel.subscribe((message) => console.log(message.data));
 *   await channel.publish("hello", "world");
 * }
 * ```
 */
export class Realtime extends RealtimeWithoutMsgpack {
  /**
   * The name of the class. Bundlers rename one of two classes of the same name.
   *
   * @ignore
   */
  static override get name(): string {
    return "Realtime"; // A block would make bundlers keep a class that is not used.
  }

  /**
   * Makes a client, and connects unless `autoConnect` is off (RTN3).
   *
   * @param options The options; or a key or a token; only a key has a colon (RTC12).
   * @throws {ErrorInfo} 40106 without a way to authenticate (RSC1b), 40005 for a malformed key, 40012 for a bad clientId, 40000
   * for other bad options, or if the runtime allows no connection.
   */
  constructor(options: ClientOptions | string) {
    super(withPlugins(options, { msgpack: msgpackCodec }));
  }
}

// `deno doc` and JSR list only the own members of a class, so the interface names the inherited ones, too.
/** The members that the class inherits. */
export interface Realtime {
  /** Authentication, and issuing of tokens (RTC4). */
  readonly auth: Auth;
  /** The channels (RTC3). */
  readonly channels: RealtimeChannels;
  /** The connection (RTC2). */
  readonly connection: Connection;
  /** The client's identity (RTC17a). */
  get clientId(): string | undefined;
  /** Push notifications (RTC13). */
  readonly push: Push;
  /** The options, with their defaults. Of these, only `agents` may be changed. */
  get options(): ClientOptions;
  /** Asks the service for its time, in milliseconds since the Unix epoch (RTC6a). */
  time(options?: CallOptions | null): Promise<number>;
  /** Reads the statistics of the application, page by page (RTC5a). */
  stats(params?: StatsParams | null): Promise<PaginatedResult<Stats>>;
  /** Sends a request to any of Ably's REST endpoints; an HTTP error status does not reject (RTC9). */
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
  /** A view of this client whose requests name a wrapper SDK; for SDKs that Ably authors (RTC14). */
  createWrapperSDKProxy(options: WrapperSDKProxyOptions): RealtimeClient;
  /**
   * Connects; if the client waits before a retry, it connects at once (RTC15a). Resolves when the client is connected, and rejects
   * with the reason when the connection becomes `suspended`, `closed` or `failed`.
   */
  connect(options?: { signal?: AbortSignal | null } | null): Promise<void>;
  /** Closes the connection, and resolves when it is closed (RTC16a). Messages without an ACK fail. */
  close(options?: { signal?: AbortSignal | null } | null): Promise<void>;
  /** Closes the connection at the end of an `await using` block. */
  [Symbol.asyncDispose](): Promise<void>;
}
