/**
 * A local service that behaves like Ably's, for offline development and for tests.
 *
 * - {@linkcode createService} makes a service. Clients in the same process use its `fetch` and `WebSocket`, which `options()`
 *   returns: without a port, without permissions, on Deno, Bun and Workers alike.
 * - {@linkcode serve} puts a service on a port, for any Ably client in any language; {@linkcode serveWorkers} makes a Worker of it.
 * - `service.faults` breaks requests, connections and frames. `service.log` has everything that was sent, to wait for or to check.
 * - {@linkcode FakeClock} lets a test skip timeouts; {@linkcode SkipClock} runs by itself, and can skip as well.
 * - {@linkcode answerEcho} stands in for the echo server of Ably's test suites. The program `@ably-edge/sdk/testing/serve` runs
 *   a service on the command line, with a fault proxy for these suites.
 *
 * @example A test for Deno, Bun and Vitest on Workers
 * ```ts
 * import { Realtime } from "@ably-edge/sdk";
 * import { createService } from "@ably-edge/sdk/testing";
 *
 * await using service = createService();
 * await using client = new Realtime(service.options());
 * const channel = client.channels.get("greetings");
 * await channel.subscribe((message) => console.log(message.data));
 * await channel.publish("hello", "world");
 * ```
 *
 * @example A broken connection, without waiting
 * ```ts
 * import { Realtime } from "@ably-edge/sdk";
 * import { createService, FakeClock } from "@ably-edge/sdk/testing";
 *
 * const clock = new FakeClock();
 * await using service = createService({ clock });
 * await using client = new Realtime({ ...service.options(), clock });
 * await client.connect();
 * service.faults.connect({}, { refuse: true }, { times: 1 }); // The next attempt fails,
 * service.faults.drop(); // and this connection is lost.
 * await clock.advance(60_000);
 * ```
 *
 * @example A service for another client
 * ```ts
 * import { createService, serve } from "@ably-edge/sdk/testing";
 *
 * await using service = createService();
 * await using served = await serve(service);
 * // Options for a client of `ably` on npm.
 * console.log(served.options());
 * ```
 *
 * @module
 */
export { answerEcho } from "./service/echo_host.ts";
export { FakeClock, type FakeClockOptions } from "./clock/fake_clock.ts";
export { SkipClock } from "./clock/skip_clock.ts";
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
} from "./faults/fault.ts";
export { serve } from "./serve/serve.ts";
export { serveBun } from "./serve/bun.ts";
export { serveDeno } from "./serve/deno.ts";
export { serveNode } from "./serve/node.ts";
export { serveWorkers, type WorkersHandler } from "./serve/workers.ts";
export type { Served, ServedOptions, ServeOptions } from "./serve/served.ts";
export { createService, DEFAULT_KEY, type ServiceOptions } from "./service/create_service.ts";
export type {
  InProcessOptions,
  LocalService,
  LoopbackWebSocketClass,
  RestrictedOptions,
  ServiceApp,
} from "./service/local_service.ts";
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
} from "./service/service_log.ts";
export type {
  ClientRights,
  PublishedFilter,
  PublishedMatch,
  PublishedOptions,
  SeedMessage,
  ServiceFixtures,
  ServiceMember,
} from "./fixtures/service_fixtures.ts";
export { Action } from "./action.ts";
export type { ActionName } from "./core/frame_action.ts";
export type { ErrorChoice } from "./core/known_errors.ts";
export { PACKAGE_LIMITS, type ServiceLimits } from "./limits/service_limits.ts";
export type { ObjectsBehavior } from "./objects/objects_behavior.ts";
export type { OperationOrigin, ServiceObjects } from "./objects/object_handle.ts";
export type { Namespace } from "./core/app_setup.ts";
export type { Clock, Timer } from "../util/clock.ts";
export type { RandomSource } from "../util/random.ts";
export type {
  InboundMessage,
  Message,
  MessageAction,
  MessageAnnotations,
  MessageExtras,
  MessageVersion,
  WireMessage,
} from "../messages/message.ts";
export type { TokenDetails } from "../token/token_details.ts";
export type {
  InboundPresenceMessage,
  PresenceAction,
  PresenceMessage,
  WirePresenceMessage,
} from "../messages/presence_message.ts";
export type { WireAnnotation } from "../messages/annotation.ts";
export type { ErrorInfoValues } from "../errors.ts";
export type {
  ConnectionDetails,
  ProtocolMessage,
  WireError,
} from "../protocol/protocol_message.ts";
