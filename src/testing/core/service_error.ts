import { ErrorInfo } from "../../errors.ts";
import type { WireError } from "../../protocol/protocol_message.ts";

/** The error codes in the service's responses, as Ably defines them. */
export const ServiceCode = {
  BadRequest: 40000,
  InvalidBody: 40001,
  InvalidParameter: 40003,
  InvalidCredential: 40005,
  InvalidConnectionKey: 40006,
  MessageTooLarge: 40009,
  InvalidChannelName: 40010,
  InvalidClientId: 40012,
  InvalidData: 40013,
  InvalidDeviceId: 40015,
  BatchFailedInPart: 40020,
  InvalidMessageIds: 40031,
  TooManyMessages: 40034,
  ForcedNack: 40099,
  InvalidCredentials: 40101,
  IncompatibleCredentials: 40102,
  TimestampNotCurrent: 40104,
  NonceReplayed: 40105,
  NoCredentials: 40106,
  ConnectionLimit: 40111,
  ChannelLimit: 40114,
  WrongKeyForOperation: 40133,
  TokenRevoked: 40141,
  TokenExpired: 40142,
  TokenUndecodable: 40144,
  CapabilityDenied: 40160,
  NamespaceNotEnabled: 40161,
  KeyAuthRequired: 40162,
  RevocationNotEnabled: 40163,
  ModeNotGranted: 40165,
  OwnMessageNeedsClientId: 40166,
  Forbidden: 40300,
  NotFound: 40400,
  MethodNotAllowed: 40500,
  ConnectionInboundRate: 42911,
  ChannelInboundRate: 42913,
  ChannelBandwidth: 42914,
  MessageRate: 42917,
  RequestRate: 42918,
  ConnectionInboundFatal: 42921,
  InternalError: 50000,
  Timeout: 50003,
  Disconnected: 80003,
  ConnectionStateGone: 80008,
  InvalidResumeKey: 80018,
  OutboundRate: 80020,
  ConnectionRate: 80021,
  ChannelNotAttached: 90001,
  ContinuityExpired: 90003,
  ContinuityTooManyMessages: 90004,
  ContinuityOtherSite: 90005,
  AttachPointNotFound: 90008,
  TooManyChannels: 90010,
  ChannelRate: 90021,
  PresenceClientIdMissing: 91000,
  PresenceMemberLimit: 91003,
  InvalidObjectMessage: 92000,
  ObjectMessageTooLarge: 92001,
  ObjectTombstoned: 92002,
  ObjectReadTombstoned: 92003,
  ObjectNotFound: 92004,
  ObjectPathInvalid: 92005,
  ObjectIdOrPathRequired: 92006,
  ObjectPathUnsuitable: 92007,
  NamespaceNotMutable: 93002,
} as const;

/** One of the error codes in the service's responses. */
export type ServiceCode = typeof ServiceCode[keyof typeof ServiceCode];

/** The HTTP status of codes that do not begin with it. */
const STATUS: Partial<Record<ServiceCode, number>> = {
  [ServiceCode.MessageTooLarge]: 413,
  [ServiceCode.Disconnected]: 503,
  [ServiceCode.ChannelNotAttached]: 404,
  [ServiceCode.ContinuityExpired]: 404,
  [ServiceCode.ContinuityTooManyMessages]: 404,
  [ServiceCode.ContinuityOtherSite]: 404,
  [ServiceCode.ObjectNotFound]: 404,
};

const USE_ITS_KEY = "Use the key that this service printed, or that its options() returned.";

const REMEDIATION: Partial<Record<ServiceCode, string>> = {
  [ServiceCode.InvalidCredential]: USE_ITS_KEY,
  [ServiceCode.MessageTooLarge]: "Publish less at once.",
  [ServiceCode.InvalidChannelName]: "Give a name, whose qualifier in brackets is one of Ably's.",
  [ServiceCode.InvalidClientId]: "Use the clientId of the token, or a key.",
  [ServiceCode.InvalidCredentials]: USE_ITS_KEY,
  [ServiceCode.IncompatibleCredentials]: "Use a token of the same app and clientId.",
  [ServiceCode.NoCredentials]: "Give a key or a token.",
  [ServiceCode.TokenExpired]: "Request a new token.",
  [ServiceCode.TokenRevoked]: "Request a new token.",
  [ServiceCode.TokenUndecodable]:
    "Give a token that this service issued, or a JWT signed with its key.",
  [ServiceCode.CapabilityDenied]: "Use a key or token whose capability covers the operation.",
  [ServiceCode.KeyAuthRequired]: "Use a client with the key.",
  [ServiceCode.ModeNotGranted]: "Attach with the channel mode that the operation needs.",
  [ServiceCode.NotFound]:
    "Check that the app, the key, the message or the path is of this service.",
  [ServiceCode.NamespaceNotMutable]:
    "Use a namespace with mutableMessages, such as mutable: in the default app.",
  [ServiceCode.TimestampNotCurrent]: "Sign with the service's time, which GET /time tells.",
  [ServiceCode.NonceReplayed]: "Sign a new token request with a fresh nonce.",
  [ServiceCode.PresenceClientIdMissing]: "Give the client a clientId, or call enterClient().",
};

/** An error for a response: Ably's code, and the matching status. */
export function serviceError(code: ServiceCode, message: string, statusCode?: number): ErrorInfo {
  const status = statusCode ?? STATUS[code] ?? (code < 60000 ? Math.floor(code / 100) : 400);
  return new ErrorInfo({ message, code, statusCode: status, remediation: REMEDIATION[code] });
}

/** The text of every failure after the end of a service. */
export const SERVICE_CLOSED = "The service is closed";

/** The error of a call to a service that has ended. */
export function serviceClosed(): ErrorInfo {
  return new ErrorInfo({
    message: SERVICE_CLOSED,
    code: ServiceCode.BadRequest,
    statusCode: 400,
    remediation: "Make another one with createService(), or close this one later.",
  });
}

/** Converts any thrown value to an `ErrorInfo`. */
export function toErrorInfo(thrown: unknown): ErrorInfo {
  if (thrown instanceof ErrorInfo) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new ErrorInfo({
    message: `The local service failed: ${message}`,
    code: ServiceCode.InternalError,
    statusCode: 500,
    remediation: "This is a fault of the local service, please report it.",
    cause: thrown,
  });
}

/** An error in wire form (TI1). */
export function toWireError(error: ErrorInfo): WireError {
  const { message, code, statusCode, href, detail } = error;
  const wire: WireError & { remediation?: string } = { message, code, statusCode, href };
  if (error.remediation !== "") wire.remediation = error.remediation;
  if (detail !== undefined) wire.detail = detail;
  return wire;
}
