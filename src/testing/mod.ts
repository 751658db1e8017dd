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
export {
  type ConnectEffect,
  type ConnectionMatch,
  type ConnectMatch,
  type Fault,
  type Faults,
  type FaultTimes,
  type FrameEffect,
  type FrameMatch,
  type HttpEffect,
  type HttpMatch,
} from "./faults.ts";
export type { HttpHandler } from "./http_faults.ts";
export type { LoopbackWebSocketClass } from "./loopback.ts";
export { serve } from "./serve/serve.ts";
export { serveBun } from "./serve/bun.ts";
export { serveDeno } from "./serve/deno.ts";
export { serveWorkers, type WorkersHandler } from "./serve/workers.ts";
export type { Served, ServedOptions, ServeOptions } from "./serve/served.ts";
export {
  createService,
  DEFAULT_KEY,
  type InProcessOptions,
  type LocalService,
  type ServiceApp,
  type ServiceOptions,
} from "./service.ts";
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
export type { ServiceCore } from "./service_core.ts";
export type { Namespace } from "./core/app_setup.ts";
export type { Clock, Timer } from "../util/clock.ts";
export type { RandomSource } from "../util/random.ts";
export type { ProtocolMessage } from "../protocol/protocol_message.ts";
