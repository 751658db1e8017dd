import type { TokenDetails } from "../../token/token_details.ts";
import type { Clock } from "../../util/clock.ts";
import type { Faults } from "../faults/fault.ts";
import type { ClientRights, ServiceFixtures } from "../fixtures/service_fixtures.ts";
import type { ServiceObjects } from "../objects/object_handle.ts";
import type { ServiceLog } from "./service_log.ts";

/** A `WebSocket` class whose instances connect to one service, with any address. */
export type LoopbackWebSocketClass = new (
  url: string | URL,
  protocols?: string | string[],
) => WebSocket;

/** The client options for a service in the same process. */
export interface InProcessOptions {
  /** Handles requests in process. */
  fetch: typeof globalThis.fetch;
  /** Connects in process. */
  WebSocket: LoopbackWebSocketClass;
  /** The host name. */
  endpoint: string;
  /** The API key. */
  key: string;
}

/** The client options for a client with its own rights, for a service in the same process. */
export interface RestrictedOptions extends Omit<InProcessOptions, "key"> {
  /** Issues a token with these rights, as the server of an app would. */
  authCallback: (
    params: unknown,
    callback: (error: null, token: TokenDetails) => void,
  ) => void;
}

/** An app of a service. */
export interface ServiceApp {
  /** The app's id. */
  readonly appId: string;
  /** The app's keys, in the order of its setup. */
  readonly keys: readonly string[];
}

/** A service that behaves like Ably's, in this process. Made by {@linkcode createService}. */
export interface LocalService extends AsyncDisposable, ServiceFixtures {
  /** Handles a request as the service would over the network. It can be passed to a client as its `fetch`. */
  readonly fetch: typeof globalThis.fetch;
  /** Connects to the service. It can be passed to a client as its `WebSocket`. */
  readonly WebSocket: LoopbackWebSocketClass;
  /** The key of the initial app, with all rights. By default, each service has another one. */
  readonly key: string;
  /** The service's apps. */
  readonly apps: readonly ServiceApp[];
  /** Injects faults deliberately. */
  readonly faults: Faults;
  /** The service's time. */
  readonly clock: Clock;
  /** The requests, responses and frames so far. */
  readonly log: ServiceLog;
  /**
   * Options for a client that uses the service in process.
   *
   * @throws {ErrorInfo} 40000 if the service is closed.
   */
  options(): InProcessOptions;
  /**
   * Options for a client with a clientId, or with few rights, that uses the service in process. The client gets tokens with these
   * rights.
   */
  options(rights: ClientRights): RestrictedOptions;
  /**
   * A handle for changes to a channel's objects that clients may not make, or that come from another site. For channels of the
   * initial app.
   *
   * @param channel The name of the channel, without params.
   * @throws {ErrorInfo} 40000 if the service is closed, 40010 if it is not a channel name.
   */
  objects(channel: string): ServiceObjects;
  /**
   * The persistent state, from which a later service can continue: keys, tokens, messages, presence, annotations, objects,
   * devices. Connections are not part of it.
   */
  snapshot(): Uint8Array<ArrayBuffer>;
  /** Disconnects all clients and stops all timers. Later requests and calls fail with "The service is closed". */
  close(): Promise<void>;
}
