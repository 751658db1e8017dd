import * as code from "./error_numbers.ts";

/**
 * The error codes this module raises or reacts to, by name. The full registry, with a page for each code, is at
 * `https://help.ably.io/error/<code>` (TI3).
 */
export const ErrorCode = {
  /** An option, or arguments that no other code fits, cannot be used. */
  BadRequest: code.BadRequest,
  /** A body that was received cannot be read. */
  InvalidBody: code.InvalidBody,
  /** An argument or a parameter cannot be used. Nothing has been sent. */
  InvalidParameter: code.InvalidParameter,
  /** The API key has no value, or is not of the form `appId.keyId:secret`. */
  InvalidCredential: code.InvalidCredential,
  /** The messages or the body to send at once are larger than the limit. */
  MessageTooLarge: code.MessageTooLarge,
  /** A channel name is empty, not a string, or not possible in this place. */
  InvalidChannelName: code.InvalidChannelName,
  /** A clientId is not valid, is missing, or is not the one of the client. */
  InvalidClientId: code.InvalidClientId,
  /** A payload cannot be sent, or one that was received cannot be decoded. */
  InvalidMessageData: code.InvalidMessageData,
  /** A delta could not be applied. The client attaches the channel again by itself. */
  DeltaDecodeFailed: code.DeltaDecodeFailed,
  /** A feature is used whose plugin is not among the client options. */
  PluginMissing: code.PluginMissing,
  /** A channel is used for LiveObjects without the mode for it. */
  ObjectModeMissing: code.ObjectModeMissing,
  /** The call has a form of an earlier version of `ably`, such as one with a callback. */
  ApiNoLongerSupported: code.ApiNoLongerSupported,
  /** Ably or a server refused the credentials without another code. */
  Unauthorized: code.Unauthorized,
  /** Ably refused the credentials, or there is no key to sign with. */
  InvalidCredentials: code.InvalidCredentials,
  /** A token is for another clientId, or a key is another one than the key of the client. */
  IncompatibleCredentials: code.IncompatibleCredentials,
  /** A key would be sent without encryption. */
  BasicAuthOverHttp: code.BasicAuthOverHttp,
  /** A client is made without a key, a token, or a way to get one. */
  NoCredentials: code.NoCredentials,
  /** The first of the codes for tokens that Ably refuses. The client gets another token if it can. */
  TokenErrorFirst: code.TokenErrorFirst,
  /** The token was revoked. */
  TokenRevoked: code.TokenRevoked,
  /** The token has expired. */
  TokenExpired: code.TokenExpired,
  /** The last of the codes for tokens that Ably refuses. */
  TokenErrorLast: code.TokenErrorLast,
  /** The key or token does not permit the operation. */
  CapabilityDenied: code.CapabilityDenied,
  /** The operation needs a client with a key. */
  KeyAuthRequired: code.KeyAuthRequired,
  /** The `authCallback` or `authUrl` failed, or gave something that is not a token. */
  TokenProviderFailed: code.TokenProviderFailed,
  /** The token cannot be used any more, and the client has no way to get another one. */
  TokenNotRenewable: code.TokenNotRenewable,
  /** A server refused with status 403. */
  Forbidden: code.Forbidden,
  /** The resource that the call names does not exist. */
  NotFound: code.NotFound,
  /** The HTTP method is not supported. */
  MethodNotAllowed: code.MethodNotAllowed,
  /** A response has an unexpected form, or the client itself failed. */
  InternalError: code.InternalError,
  /** Ably refused a publish without a reason. */
  PublishRefused: code.PublishRefused,
  /** A request took longer than the limit. */
  RequestTimeout: code.RequestTimeout,
  /** The connection failed, and the client does not connect again by itself. */
  ConnectionFailed: code.ConnectionFailed,
  /** The connection has been lost for longer than Ably keeps its state. The client keeps trying. */
  ConnectionSuspended: code.ConnectionSuspended,
  /** The connection was lost or could not be opened. The client connects again by itself. */
  Disconnected: code.Disconnected,
  /** A connection could not be resumed, so that messages may be missing. */
  ResumeFailed: code.ResumeFailed,
  /** Ably did not reply in time. */
  ConnectionTimedOut: code.ConnectionTimedOut,
  /** The connection is closed, or is being closed. */
  ConnectionClosed: code.ConnectionClosed,
  /** The connection could not get a token. After a refusal with status 403 the client stops trying; otherwise it tries again. */
  AuthProviderFailed: code.AuthProviderFailed,
  /** A call on a channel was ended by another one, such as `attach()` by `detach()`. */
  ChannelOperationFailed: code.ChannelOperationFailed,
  /** The state of the channel or of the connection does not allow the call. */
  ChannelStateInvalid: code.ChannelStateInvalid,
  /** Ably did not reply to an attach or a detach in time. */
  ChannelTimedOut: code.ChannelTimedOut,
  /** The channel is attached without the mode to receive messages. */
  SubscribeModeMissing: code.SubscribeModeMissing,
  /** A presence call has no clientId. */
  PresenceClientIdMissing: code.PresenceClientIdMissing,
  /** The state of the channel does not allow the presence call. */
  PresenceStateInvalid: code.PresenceStateInvalid,
  /** A member could not be entered again after the channel was attached again. */
  PresenceReentryFailed: code.PresenceReentryFailed,
  /** The members of the channel are not up to date. */
  PresenceOutOfSync: code.PresenceOutOfSync,
  /** The channel is attached without the mode to receive presence events. */
  PresenceSubscribeModeMissing: code.PresenceSubscribeModeMissing,
  /** An operation on LiveObjects is not valid. */
  InvalidObjectMessage: code.InvalidObjectMessage,
  /** LiveObjects of the channel exceed a limit. */
  ObjectsLimitExceeded: code.ObjectsLimitExceeded,
  /** The object is deleted and cannot be changed. */
  ObjectDeleted: code.ObjectDeleted,
  /** The object is deleted and cannot be read. */
  ObjectReadDeleted: code.ObjectReadDeleted,
  /** The object does not exist. */
  ObjectNotFound: code.ObjectNotFound,
  /** The path does not lead to a value. */
  ObjectPathUnresolvable: code.ObjectPathUnresolvable,
  /** The operation names no object. */
  ObjectTargetMissing: code.ObjectTargetMissing,
  /** The object is of another type than the operation needs. */
  ObjectTypeMismatch: code.ObjectTypeMismatch,
  /** The objects of the channel could not be received completely. */
  ObjectsSyncInterrupted: code.ObjectsSyncInterrupted,
  /** The channel is attached without the mode to receive annotations. */
  AnnotationSubscribeModeMissing: code.AnnotationSubscribeModeMissing,
} as const;

/** One of the codes that this module knows by name. */
export type KnownErrorCode = typeof ErrorCode[keyof typeof ErrorCode];
