/**
 * The error codes this module raises or reacts to, by name. The full registry, with a page for each code, is at
 * `https://help.ably.io/error/<code>` (TI3).
 */
export const ErrorCode = {
  /** An option, or arguments that no other code fits, cannot be used. */
  BadRequest: 40000,
  /** A body that was received cannot be read. */
  InvalidBody: 40001,
  /** An argument or a parameter cannot be used. Nothing has been sent. */
  InvalidParameter: 40003,
  /** The API key has no value, or is not of the form `appId.keyId:secret`. */
  InvalidCredential: 40005,
  /** The messages or the body to send at once are larger than the limit. */
  MessageTooLarge: 40009,
  /** A channel name is empty, not a string, or not possible in this place. */
  InvalidChannelName: 40010,
  /** A clientId is not valid, is missing, or is not the one of the client. */
  InvalidClientId: 40012,
  /** A payload cannot be sent, or one that was received cannot be decoded. */
  InvalidMessageData: 40013,
  /** A delta could not be applied. The client attaches the channel again by itself. */
  DeltaDecodeFailed: 40018,
  /** A feature is used whose plugin is not among the client options. */
  PluginMissing: 40019,
  /** A channel is used for LiveObjects without the mode for it. */
  ObjectModeMissing: 40024,
  /** The call has a form of an earlier version of `ably`, such as one with a callback. */
  ApiNoLongerSupported: 40025,
  /** Ably or a server refused the credentials without another code. */
  Unauthorized: 40100,
  /** Ably refused the credentials, or there is no key to sign with. */
  InvalidCredentials: 40101,
  /** A token is for another clientId, or a key is another one than the key of the client. */
  IncompatibleCredentials: 40102,
  /** A key would be sent without encryption. */
  BasicAuthOverHttp: 40103,
  /** A client is made without a key, a token, or a way to get one. */
  NoCredentials: 40106,
  /** The first of the codes for tokens that Ably refuses. The client gets another token if it can. */
  TokenErrorFirst: 40140,
  /** The token was revoked. */
  TokenRevoked: 40141,
  /** The token has expired. */
  TokenExpired: 40142,
  /** The last of the codes for tokens that Ably refuses. */
  TokenErrorLast: 40149,
  /** The key or token does not permit the operation. */
  CapabilityDenied: 40160,
  /** The operation needs a client with a key. */
  KeyAuthRequired: 40162,
  /** The `authCallback` or `authUrl` failed, or gave something that is not a token. */
  TokenProviderFailed: 40170,
  /** The token cannot be used any more, and the client has no way to get another one. */
  TokenNotRenewable: 40171,
  /** A server refused with status 403. */
  Forbidden: 40300,
  /** The thing that the call names does not exist. */
  NotFound: 40400,
  /** The HTTP method is not supported. */
  MethodNotAllowed: 40500,
  /** A response has an unexpected form, or the client itself failed. */
  InternalError: 50000,
  /** Ably refused a publish without a reason. */
  PublishRefused: 50001,
  /** A request took longer than the limit. */
  RequestTimeout: 50003,
  /** The connection failed, and the client does not connect again by itself. */
  ConnectionFailed: 80000,
  /** The connection has been lost for longer than Ably keeps its state. The client goes on trying. */
  ConnectionSuspended: 80002,
  /** The connection was lost or could not be opened. The client connects again by itself. */
  Disconnected: 80003,
  /** A connection could not be resumed, so that messages may be missing. */
  ResumeFailed: 80008,
  /** Ably did not reply in time. */
  ConnectionTimedOut: 80014,
  /** The connection is closed, or is being closed. */
  ConnectionClosed: 80017,
  /** The `authCallback` or `authUrl` refused with 403, so that the client stops trying. */
  AuthProviderFailed: 80019,
  /** A call on a channel was ended by another one, such as `attach()` by `detach()`. */
  ChannelOperationFailed: 90000,
  /** The state of the channel or of the connection does not allow the call. */
  ChannelStateInvalid: 90001,
  /** Ably did not reply to an attach or a detach in time. */
  ChannelTimedOut: 90007,
  /** The channel is attached without the mode to receive messages. */
  SubscribeModeMissing: 90009,
  /** A presence call has no clientId. */
  PresenceClientIdMissing: 91000,
  /** The state of the channel does not allow the presence call. */
  PresenceStateInvalid: 91001,
  /** A member could not be entered again after the channel was attached again. */
  PresenceReentryFailed: 91004,
  /** The members of the channel are not up to date. */
  PresenceOutOfSync: 91005,
  /** The channel is attached without the mode to receive presence events. */
  PresenceSubscribeModeMissing: 91008,
  /** An operation on LiveObjects is not valid. */
  InvalidObjectMessage: 92000,
  /** LiveObjects of the channel exceed a limit. */
  ObjectsLimitExceeded: 92001,
  /** The object is deleted and cannot be changed. */
  ObjectDeleted: 92002,
  /** The object is deleted and cannot be read. */
  ObjectReadDeleted: 92003,
  /** The object does not exist. */
  ObjectNotFound: 92004,
  /** The path does not lead to a value. */
  ObjectPathUnresolvable: 92005,
  /** The operation names no object. */
  ObjectTargetMissing: 92006,
  /** The object is of another type than the operation needs. */
  ObjectTypeMismatch: 92007,
  /** The objects of the channel could not be received completely. */
  ObjectsSyncInterrupted: 92008,
  /** The channel is attached without the mode to receive annotations. */
  AnnotationSubscribeModeMissing: 93001,
} as const;

/** One of the codes that this module knows by name. */
export type KnownErrorCode = typeof ErrorCode[keyof typeof ErrorCode];
