/**
 * A local service that behaves like Ably's: for developing offline, and for tests.
 *
 * In process it is reached through the `fetch` and the `WebSocket` that {@linkcode createService} returns; `serve` puts
 * it on a port, for any Ably client.
 *
 * @module
 */
export { FakeClock } from "./fake_clock.ts";
export { SkipClock } from "./skip_clock.ts";
export type {
  ConnectEffect,
  ConnectionMatch,
  ConnectMatch,
  Fault,
  Faults,
  FaultTimes,
  FrameEffect,
  FrameMatch,
  HttpEffect,
  HttpMatch,
} from "./faults.ts";
export { serve } from "./serve/serve.ts";
export { serveBun } from "./serve/bun.ts";
export { serveDeno } from "./serve/deno.ts";
export { serveWorkers, type WorkersHandler } from "./serve/workers.ts";
export type { Served, ServedOptions, ServeOptions } from "./serve/served.ts";
export { createService, DEFAULT_KEY, type ServiceOptions } from "./service.ts";
export type {
  InProcessOptions,
  LocalService,
  LoopbackWebSocketClass,
  ServiceApp,
} from "./local_service.ts";
export type {
  FrameFilter,
  LogEntry,
  LoggedClose,
  LoggedConnect,
  LoggedFrame,
  LoggedRequest,
  LoggedResponse,
  RequestFilter,
  ServiceLog,
} from "./service_log.ts";
export type { Namespace } from "./core/app_setup.ts";
export type { Clock, Timer } from "../util/clock.ts";
export type { RandomSource } from "../util/random.ts";
export type { MessageVersion, WireMessage } from "../messages/message.ts";
export type { WirePresenceMessage } from "../messages/presence_message.ts";
export type { WireAnnotation } from "../messages/annotation.ts";
export type { ErrorInfoValues } from "../errors.ts";
export type {
  ConnectionDetails,
  ProtocolMessage,
  WireError,
} from "../protocol/protocol_message.ts";
