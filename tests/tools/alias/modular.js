// `ably/modular` for programs that pick the parts of the client. Here a bundler picks them, so the names stand for parts that
// are there anyway.
import { Annotation, Message, PresenceMessage, Realtime, Rest as RestClient } from "@ably-edge/sdk";
export { ErrorInfo } from "@ably-edge/sdk";

const PARTS = [
  "Rest",
  "Crypto",
  "MsgPack",
  "RealtimePresence",
  "Annotations",
  "WebSocketTransport",
  "XHRPolling",
  "XHRRequest",
  "FetchRequest",
  "MessageInteractions",
];

const [
  Rest,
  Crypto,
  MsgPack,
  RealtimePresence,
  Annotations,
  WebSocketTransport,
  XHRPolling,
  XHRRequest,
  FetchRequest,
  MessageInteractions,
] = PARTS.map((part) => Object.freeze({ part }));

export {
  Annotations,
  Crypto,
  FetchRequest,
  MessageInteractions,
  MsgPack,
  RealtimePresence,
  Rest,
  WebSocketTransport,
  XHRPolling,
  XHRRequest,
};

function withoutParts(options) {
  if (typeof options !== "object" || options === null || !options.plugins) return options;
  const plugins = { ...options.plugins };
  for (const part of PARTS) delete plugins[part];
  return { ...options, plugins };
}

export class BaseRest extends RestClient {
  constructor(options) {
    super(withoutParts(options));
  }
}

export class BaseRealtime extends Realtime {
  constructor(options) {
    super(withoutParts(options));
  }
}

export const generateRandomKey = Realtime.Crypto.generateRandomKey;
export const getDefaultCryptoParams = Realtime.Crypto.getDefaultParams;
export const decodeMessage = Message.fromEncoded;
export const decodeEncryptedMessage = Message.fromEncoded;
export const decodeMessages = Message.fromEncodedArray;
export const decodeEncryptedMessages = Message.fromEncodedArray;
export const decodePresenceMessage = PresenceMessage.fromEncoded;
export const decodePresenceMessages = PresenceMessage.fromEncodedArray;
export const decodeEncryptedPresenceMessage = PresenceMessage.fromEncoded;
export const decodeEncryptedPresenceMessages = PresenceMessage.fromEncodedArray;
export const constructPresenceMessage = PresenceMessage.fromValues;
export const decodeAnnotation = Annotation.fromEncoded;
export const decodeAnnotations = Annotation.fromEncodedArray;
