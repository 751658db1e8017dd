import type { Plugins } from "../client/client_options.ts";
import type { CipherParamOptions, CipherParams } from "../crypto/cipher_params.ts";
import type { ErrorInfo } from "../errors.ts";
import type { ChannelOptions } from "../client/channel_options.ts";

// The public names of the operations and of the lower floors. Every entry with a client exports them.
export type { OldHostOptions } from "../compat/old_hosts.ts";
export { Auth } from "../auth/auth.ts";
export type { AuthCallback, AuthOptions, TokenSourceResult } from "../auth/auth_options.ts";
export type {
  TokenRevocationFailureResult,
  TokenRevocationOptions,
  TokenRevocationResult,
  TokenRevocationSuccessResult,
  TokenRevocationTargetSpecifier,
} from "../auth/token_revocation.ts";
export type {
  ClientOptions,
  Plugins,
  Stringifiable,
  VCDiffDecoder,
  WebSocketConstructor,
} from "../client/client_options.ts";
export type { CipherParamOptions, CipherParams } from "../crypto/cipher_params.ts";
export { Crypto, type CryptoStatic } from "../crypto/crypto.ts";
export type { Format } from "../encoding/chain.ts";
export { ErrorCode, type KnownErrorCode } from "../error_codes.ts";
export { ErrorInfo, type ErrorInfoValues } from "../errors.ts";
export type { BatchResult } from "../http/batch_result.ts";
export {
  Annotation,
  type AnnotationAction,
  type AnnotationStatic,
  type OutboundAnnotation,
} from "../messages/annotation.ts";
export type { DecodeOptions } from "../messages/decode_options.ts";
export type {
  EventMap,
  EventName,
  InboundMessageOf,
  OutboundMessageOf,
} from "../messages/typed_events.ts";
export {
  type DeltaExtras,
  type InboundMessage,
  Message,
  type MessageAction,
  type MessageAnnotations,
  type MessageExtras,
  type MessageStatic,
  type MessageVersion,
  type ReferenceExtras,
} from "../messages/message.ts";
export {
  type InboundPresenceMessage,
  type PresenceAction,
  PresenceMessage,
  type PresenceMessageStatic,
} from "../messages/presence_message.ts";
export {
  Summary,
  type SummaryClientIdCounts,
  type SummaryClientIdList,
  type SummaryDistinctValues,
  type SummaryEntry,
  type SummaryMultipleValues,
  type SummaryReaders,
  type SummaryTotal,
  type SummaryUniqueValues,
} from "../messages/summary.ts";
export type { ChannelMode, ResolvedChannelMode } from "../protocol/actions.ts";
export type { Codec } from "../protocol/codec.ts";
export type { Capability, CapabilityOp } from "../token/capability.ts";
export type { TokenDetails } from "../token/token_details.ts";
export type { TokenParams, TokenRequest } from "../token/token_request.ts";
export type { Agents } from "../util/agent.ts";
export type { BinaryLike } from "../util/bytes.ts";
export type { Clock, Timer } from "../util/clock.ts";
export type {
  ChannelTelemetry,
  ConnectionTelemetry,
  MessagesEvent,
  RequestEvent,
  Telemetry,
  TelemetryEvent,
  TokenEvent,
} from "../util/telemetry.ts";
export type { LogDetails, LogHandler, LogLevel, LogLevels, LogPart } from "../util/logger.ts";
export type { RandomSource } from "../util/random.ts";
export type {
  BatchPresenceFailureResult,
  BatchPresenceResult,
  BatchPresenceSuccessResult,
  BatchPublishFailureResult,
  BatchPublishResult,
  BatchPublishSpec,
  BatchPublishSuccessResult,
} from "./batch.ts";
export type { ClientBase } from "./client_base.ts";
export type { CallOptions, CallParams } from "../client/call_options.ts";
export type {
  ChannelDetails,
  ChannelMetrics,
  ChannelOccupancy,
  ChannelStatus,
  ListChannelsParams,
} from "./channel_details.ts";
export type { ChannelOptions } from "../client/channel_options.ts";
export type { Channels } from "../client/channels.ts";
export { ClientInformation, type ClientInformationStatic } from "../util/client_information.ts";
export type { DataSchemas, SchemaResult, StandardSchema } from "../client/data_schemas.ts";
export type { HistoryParams } from "./history.ts";
export type { HttpPaginatedResponse } from "./paging/http_paginated_response.ts";
export type { MessageOperation, MessageOrSerial, UpdateDeleteResult } from "./message_changes.ts";
export type { PaginatedResult } from "./paging/paginated_result.ts";
export type { PublishResult } from "./publish.ts";
export type {
  ListPushChannelsParams,
  ListSubscriptionsParams,
  PushChannelSubscriptions,
  SubscriptionFilter,
} from "./push/channel_subscriptions.ts";
export type {
  DeviceFilter,
  ListDevicesParams,
  PushDeviceRegistrations,
} from "./push/device_registrations.ts";
export type {
  PushApnsBroadcast,
  PushApnsBroadcastOptions,
  PushLiveActivity,
  PushLiveActivityEndParams,
  PushLiveActivityStartParams,
  PushLiveActivityUpdateParams,
} from "./push/live_activity.ts";
export type { Push, PushAdmin } from "./push/push.ts";
export type { PushChannel } from "./push/push_channel.ts";
export type {
  DeviceDetails,
  DeviceFormFactor,
  DevicePlatform,
  DevicePushDetails,
  DevicePushState,
  PushChannelSubscription,
  PushPayload,
  PushRecipient,
} from "./push/push_types.ts";
export type { RangeParams } from "./range_params.ts";
export type { GetAnnotationsParams } from "./annotations.ts";
export type { RestPresenceParams } from "./presence.ts";
export type { Stats, StatsParams, StatsUnit } from "./stats.ts";

// Names that `ably` or Ably's API documentation uses, for some of them or for types without another name here.
export type { Plugins as CorePlugins } from "../client/client_options.ts";
export type { CapabilityOp as capabilityOp } from "../token/capability.ts";
export type { CallParams as PublishOptions } from "../client/call_options.ts";
export type { HistoryParams as RestHistoryParams } from "./history.ts";
export type {
  ListPushChannelsParams as PushChannelsParams,
  ListSubscriptionsParams as PushChannelSubscriptionParams,
} from "./push/channel_subscriptions.ts";
export type { ListDevicesParams as DeviceRegistrationParams } from "./push/device_registrations.ts";
export type { StatsUnit as StatsIntervalGranularity } from "./stats.ts";

/** The parameters of a channel, by name (TB2c). */
export type ChannelParams = NonNullable<ChannelOptions["params"]>;

/** The key of a cipher, as bytes (TZ2d). */
export type CipherKey = CipherParams["key"];

/** The key of a cipher in any form that users may pass (CO2b). */
export type CipherKeyParam = CipherParamOptions["key"];

/** A callback for a call without a result. No function of this module takes one: the calls return promises. */
export type ErrorCallback = (error: ErrorInfo | null) => void;

/** A callback for a call with a result. No function of this module takes one: the calls return promises. */
export type StandardCallback<T> = (error: ErrorInfo | null, result?: T) => void;

/** The verbs for an `authUrl` (AO2d). */
export type HTTPMethod = "GET" | "POST";

/** An object that JSON can represent. */
export type JsonObject = Record<string, unknown>;

/** The names of plugins (PT1). */
export type PluginType = keyof Plugins;
