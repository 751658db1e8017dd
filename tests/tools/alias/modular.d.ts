import {
  type Annotation,
  type ClientOptions,
  type Message,
  type PresenceMessage,
  Realtime,
  Rest as RestClient,
} from "@ably-edge/sdk";
export { ErrorInfo } from "@ably-edge/sdk";

export declare const Rest: unknown;
export declare const Crypto: unknown;
export declare const MsgPack: unknown;
export declare const RealtimePresence: unknown;
export declare const Annotations: unknown;
export declare const WebSocketTransport: unknown;
export declare const XHRPolling: unknown;
export declare const XHRRequest: unknown;
export declare const FetchRequest: unknown;
export declare const MessageInteractions: unknown;

/** The parts of the client, all of which are there without being named. */
export interface ModularPlugins {
  Rest?: typeof Rest;
  Crypto?: typeof Crypto;
  MsgPack?: typeof MsgPack;
  RealtimePresence?: typeof RealtimePresence;
  Annotations?: typeof Annotations;
  WebSocketTransport?: typeof WebSocketTransport;
  XHRPolling?: typeof XHRPolling;
  XHRRequest?: typeof XHRRequest;
  FetchRequest?: typeof FetchRequest;
  MessageInteractions?: typeof MessageInteractions;
}

type ModularOptions = Omit<ClientOptions, "plugins"> & {
  plugins?: (ClientOptions["plugins"] & ModularPlugins) | null;
};

export declare class BaseRest extends RestClient {
  constructor(options: ModularOptions);
}

export declare class BaseRealtime extends Realtime {
  constructor(options: ModularOptions);
}

export declare const generateRandomKey: typeof Realtime.Crypto.generateRandomKey;
export declare const getDefaultCryptoParams: typeof Realtime.Crypto.getDefaultParams;
export declare const decodeMessage: typeof Message.fromEncoded;
export declare const decodeEncryptedMessage: typeof Message.fromEncoded;
export declare const decodeMessages: typeof Message.fromEncodedArray;
export declare const decodeEncryptedMessages: typeof Message.fromEncodedArray;
export declare const decodePresenceMessage: typeof PresenceMessage.fromEncoded;
export declare const decodePresenceMessages: typeof PresenceMessage.fromEncodedArray;
export declare const decodeEncryptedPresenceMessage: typeof PresenceMessage.fromEncoded;
export declare const decodeEncryptedPresenceMessages: typeof PresenceMessage.fromEncodedArray;
export declare const constructPresenceMessage: typeof PresenceMessage.fromValues;
export declare const decodeAnnotation: typeof Annotation.fromEncoded;
export declare const decodeAnnotations: typeof Annotation.fromEncodedArray;
