import type { Auth } from "../auth/auth.ts";
import type { AesCbcCipher } from "../crypto/aes_cbc.ts";
import { requestTime } from "../http/time.ts";
import { type CallOptions, type CallParams, signalOf } from "../client/call_options.ts";
import type { ClientOptions } from "../client/client_options.ts";
import type { ClientContext } from "../client/context.ts";
import { callbackRefused } from "../util/callbacks.ts";
import { inspect, shownAs } from "../util/inspect.ts";
import type { HttpPaginatedResponse } from "./paging/http_paginated_response.ts";
import type { PaginatedResult } from "./paging/paginated_result.ts";
import { Push } from "./push/push.ts";
import { request } from "./request.ts";
import { type Stats, stats, type StatsParams } from "./stats.ts";
import {
  type BatchOptions,
  batchPresence,
  type BatchPresenceResult,
  batchPublish,
  type BatchPublishResult,
  type BatchPublishSpec,
} from "./batch.ts";

/** The channels of a client. */
export interface ClientChannels<Channels> {
  /** The name of the client's class. */
  name: "Rest" | "Realtime";
  /** The collection that the user sees. */
  channels: Channels;
  /** Finds the cipher of a channel, if the channel exists and has one. */
  cipherOf: (name: string) => AesCbcCipher | null;
}

/**
 * The members that both clients share, and the calls that belong to no single channel.
 *
 * @typeParam Channels The collection of channels.
 */
export class ClientBase<Channels> {
  /** Authentication, and issuing of tokens (RSC5, RTC4). */
  readonly auth: Auth;
  /** The channels (RSN1, RTC3). */
  readonly channels: Channels;
  /** Push notifications (RSC21, RTC13). */
  readonly push: Push;
  readonly #name: string;
  readonly #context: ClientContext;
  readonly #cipherOf: (name: string) => AesCbcCipher | null;

  /** Made by the clients. */
  constructor(context: ClientContext, { name, channels, cipherOf }: ClientChannels<Channels>) {
    // Chromium shows this name, although bundlers change that of the class.
    Reflect.defineProperty(new.target.prototype, Symbol.toStringTag, { value: name });
    this.#name = name;
    this.#context = context;
    this.#cipherOf = cipherOf;
    this.auth = context.auth;
    this.channels = channels;
    this.push = new Push(context);
  }

  /** The form in which a console shows it. */
  [inspect](...given: unknown[]): unknown {
    const { push: _, ...members } = this;
    return shownAs(this.#name, members, given);
  }

  /**
   * The options, with their defaults. `agents` may be changed, with effect on later requests and connections; changes to other
   * options have no effect.
   */
  get options(): ClientOptions {
    return this.#context.options.shown();
  }

  /** The logger, for `Realtime.EventEmitter`. */
  get logger(): unknown {
    return this.#context.options.logger;
  }

  /**
   * Asks the service for its time (RSC16, RTC6a).
   *
   * @param options The signal.
   * @returns Milliseconds since the Unix epoch.
   * @throws {ErrorInfo} If no host answered.
   */
  async time(options?: CallOptions | null): Promise<number> {
    return await requestTime(this.#context.publicHttp, signalOf(options));
  }

  /**
   * Reads the statistics of the application (RSC6a, RTC5a, RTC5b). It requires the `stats` capability.
   *
   * @param params The intervals, and the signal.
   * @throws {ErrorInfo} 40003 if a parameter is out of its range; or the error that the service returned.
   */
  stats(params?: StatsParams | null): Promise<PaginatedResult<Stats>> {
    return callbackRefused(arguments) ?? stats(this.#context, params);
  }

  /**
   * Sends a request to any of Ably's REST endpoints, with authentication, fallback hosts and paging (RSC19, RTC9). An HTTP
   * error status does not reject: it is in the response.
   *
   * @typeParam T The type of the items of the response.
   * @param method The HTTP verb.
   * @param path The path, for example `"/channels"`, with its segments percent-encoded.
   * @param version The version of the REST API (RSC19f1), for example 3. Defaults to the one that this client speaks.
   * @param params Query parameters, and the signal under the name `signal`.
   * @param body An object or array to send.
   * @param headers Headers to add.
   * @throws {ErrorInfo} 40500 if the verb is not supported, 40003 if another argument is not valid; or if no host answered
   * (RSC19e).
   */
  request<T = unknown>(
    method: string,
    path: string,
    version?: number | null,
    params?: CallParams | null,
    body?: object | null,
    headers?: Record<string, string> | null,
  ): Promise<HttpPaginatedResponse<T>> {
    return callbackRefused(arguments) ??
      request<T>(this.#context, { method, path, version, params, body, headers });
  }

  /**
   * Publishes messages to several channels in one request (RSC22). Payloads are encoded, and encrypted for the channels that
   * have a cipher in this client. If a channel refuses, the call does not reject: see the results.
   *
   * @param spec The channels and the messages.
   * @param options The signal.
   * @returns One result for each channel, in order.
   * @throws {ErrorInfo} 40003, 40009, 40010 or 40013 if the spec is not valid; or the error that the service returned.
   */
  batchPublish(spec: BatchPublishSpec, options?: CallOptions | null): Promise<BatchPublishResult>;
  /**
   * Publishes several specs in one request (RSC22).
   *
   * @param specs The specs.
   * @param options The signal.
   * @returns One result for each spec, in order.
   */
  batchPublish(
    specs: readonly BatchPublishSpec[],
    options?: CallOptions | null,
  ): Promise<BatchPublishResult[]>;
  async batchPublish(
    specs: BatchPublishSpec | readonly BatchPublishSpec[],
    options?: CallOptions | null,
  ): Promise<BatchPublishResult | BatchPublishResult[]> {
    const list = Array.isArray(specs) ? specs as BatchPublishSpec[] : [specs as BatchPublishSpec];
    const results = await batchPublish(this.#context, list, this.#batchOptions(options));
    return Array.isArray(specs) ? results : results[0]!;
  }

  /**
   * Reads the members of several channels in one request (RSC24). If a channel refuses, the call does not reject: see the
   * results.
   *
   * @param channels The names of the channels.
   * @param options The signal.
   * @returns One result for each channel, in order.
   * @throws {ErrorInfo} 40003 without channels, 40010 if a name is empty or has a comma; or the error that the service
   * returned.
   */
  async batchPresence(
    channels: readonly string[],
    options?: CallOptions | null,
  ): Promise<BatchPresenceResult> {
    return await batchPresence(this.#context, channels, this.#batchOptions(options));
  }

  /** Ends the use of the client. A REST client has no connection, so the promise resolves at once. */
  async close(): Promise<void> {}

  /** Ends the use of the client at the end of an `await using` block. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #batchOptions(options?: CallOptions | null): BatchOptions {
    return { cipherOf: this.#cipherOf, signal: signalOf(options) };
  }
}
