import { ErrorInfo } from "../errors.ts";
import { parseKey } from "../token/key.ts";
import { type Clock, systemClock } from "../util/clock.ts";
import { type RandomSource, systemRandom } from "../util/random.ts";
import { httpApp } from "./app.ts";
import { keyText } from "./core/app_key.ts";
import { defaultAppSetup, type Namespace } from "./core/app_setup.ts";
import { handleLikeFetch, handleWithFaults, type HttpHandler } from "./http_faults.ts";
import { ServiceCode } from "./core/service_error.ts";
import type { LocalService } from "./local_service.ts";
import { toBytes } from "../util/bytes.ts";
import { restoreSnapshot, takeSnapshot } from "./core/snapshot.ts";
import { keepInternals } from "./service_internals.ts";
import { loopbackWebSocket } from "./loopback.ts";
import { ServiceCore } from "./service_core.ts";
import { ServiceLog } from "./service_log.ts";

/** How a local service is made. All of it is optional. */
export interface ServiceOptions {
  /** The key of the app that the service starts with, `appId.keyId:secret`. Defaults to {@linkcode DEFAULT_KEY}. */
  key?: string | null;
  /** The namespaces of that app. Default to `persisted`, `pushenabled` and `mutable`, each with what its name says. */
  namespaces?: readonly Namespace[] | null;
  /** What an earlier service's `snapshot()` returned: this one goes on from there. */
  snapshot?: Uint8Array | null;
  /** Tells the time and runs the timers. Defaults to the clock of the runtime. */
  clock?: Clock | null;
  /** Defaults to the random source of the runtime. */
  random?: RandomSource | null;
  /** How many entries the log keeps. Defaults to 10,000; 0 keeps none. */
  logLimit?: number | null;
}

/** The key of a service for which none is given. It protects nothing: the service is for one machine alone. */
export const DEFAULT_KEY = "localApp.root:local-development-only";

/** The host name under which clients know a service in process. */
const ENDPOINT = "service.local";

/**
 * Makes a local service: what Ably does, offline, for development and tests.
 *
 * It starts with one app, whose key permits everything. Nothing is looked up, drawn or timed before it is first used,
 * so it can be made at module scope on Cloudflare Workers.
 *
 * @throws {ErrorInfo} 40005 for a malformed key.
 *
 * @example A client that talks to a service in the same process
 * ```ts
 * import { createService } from "@ably-edge/sdk/testing";
 *
 * await using service = createService();
 * const response = await service.fetch("https://service.local/time");
 * console.log(await response.json());
 * ```
 */
export function createService(options?: ServiceOptions | null): LocalService {
  const given = options ?? {};
  const clock = given.clock ?? systemClock;
  const log = new ServiceLog(given.logLimit ?? undefined);
  const core = new ServiceCore({ clock, random: given.random ?? systemRandom, log });
  const key = given.key ?? DEFAULT_KEY;
  const setup = defaultAppSetup(parsedKey(key), given.namespaces ?? undefined);
  if (given.snapshot != null) restoreSnapshot(core.apps, toBytes(given.snapshot));
  // A snapshot of a service with another key does not have its app.
  if (core.apps.get(setup.id!) === undefined) core.apps.create(setup);
  const app = httpApp(core);
  const handle: HttpHandler = (request) =>
    handleWithFaults(core, request, (request) => app.fetch(request));
  const fetch: typeof globalThis.fetch = (input, init) =>
    handleLikeFetch(toRequest(input, init), handle);
  const WebSocket = loopbackWebSocket(core);
  const close = () => {
    core.close();
    return Promise.resolve();
  };
  const service: LocalService = {
    fetch,
    WebSocket,
    key,
    clock,
    log,
    faults: core.faults,
    get apps() {
      return core.apps.values().map(({ id, keys }) => ({
        appId: id,
        keys: [...keys.values()].map(keyText),
      }));
    },
    snapshot: () => takeSnapshot(core.apps),
    options: () => ({ fetch, WebSocket, endpoint: ENDPOINT, key }),
    close,
    [Symbol.asyncDispose]: close,
  };
  keepInternals(service, { core, handle });
  return service;
}

/** The parts of a key. Apps are looked up by the part of a name before its dot, so that there has to be one. */
function parsedKey(key: string): { appId: string; id: string; secret: string } {
  const { name, secret } = parseKey(key);
  const [appId, id, ...more] = name.split(".");
  if (appId && id && more.length === 0) return { appId, id, secret };
  throw new ErrorInfo({
    message: "The key of a local service does not name an app and a key of it",
    code: ServiceCode.InvalidCredential,
    statusCode: 400,
    remediation: "Give one of the form appId.keyId:secret, or leave it out to use the default.",
  });
}

function toRequest(input: string | URL | Request, init?: RequestInit): Request {
  if (typeof input !== "string" || !input.startsWith("/")) return new Request(input, init);
  return new Request(`https://${ENDPOINT}${input}`, init);
}
