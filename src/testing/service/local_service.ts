import type { Clock } from "../../util/clock.ts";
import type { Faults } from "../faults/fault.ts";
import type { ServiceObjects } from "../objects/object_handle.ts";
import type { ServiceLog } from "./service_log.ts";

/** A `WebSocket` class whose instances talk to one service, with any address. */
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

/** An app of a service. */
export interface ServiceApp {
  /** The app's id. */
  readonly appId: string;
  /** The app's keys, in the order of its setup. */
  readonly keys: readonly string[];
}

/** A service that behaves like Ably's, in this process. Made by {@linkcode createService}. */
export interface LocalService extends AsyncDisposable {
  /** Handles a request as the service would over the network; can be given to a client as its `fetch`. */
  readonly fetch: typeof globalThis.fetch;
  /** Connects to the service; can be given to a client as its `WebSocket`. */
  readonly WebSocket: LoopbackWebSocketClass;
  /** The key of the app that the service starts with: it permits everything. Another one for each service unless given. */
  readonly key: string;
  /** The service's apps. */
  readonly apps: readonly ServiceApp[];
  /** Makes things go wrong on purpose. */
  readonly faults: Faults;
  /** Tells the service's time. */
  readonly clock: Clock;
  /** The requests, responses and frames so far. */
  readonly log: ServiceLog;
  /** Options for a client that talks to the service in process. */
  options(): InProcessOptions;
  /**
   * Does to the objects of a channel what clients may not, or what another site has done. Of the app that the service starts
   * with.
   *
   * @param channel The name of the channel, without params.
   */
  objects(channel: string): ServiceObjects;
  /**
   * The lasting state, for a service that continues later: keys, tokens, messages, presence, annotations, objects,
   * devices. Connections are not kept.
   */
  snapshot(): Uint8Array<ArrayBuffer>;
  /** Disconnects everyone and stops all timers. */
  close(): Promise<void>;
}
