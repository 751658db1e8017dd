import { ErrorInfo } from "../../errors.ts";
import { readMembers, type Rule, type Shape } from "../../util/read_members.ts";
import { CLOCK, type Clock, systemClock } from "../../util/clock.ts";
import { RANDOM, type RandomSource, systemRandom } from "../../util/random.ts";
import { CHAT } from "../chat/chat.ts";
import { httpRouter } from "./http_router.ts";
import { keyText } from "../core/app_key.ts";
import { alphanumeric } from "../core/identifiers.ts";
import { defaultAppSetup, type Namespace } from "../core/app_setup.ts";
import { fixturesOf, tokensFor } from "../fixtures/fixtures_of.ts";
import { handleLikeFetch, handleWithFaults, type HttpHandler } from "../faults/http_faults.ts";
import { serviceClosed, ServiceCode } from "../core/service_error.ts";
import type { LocalService } from "./local_service.ts";
import { isBinary, toBytes } from "../../util/bytes.ts";
import { inspect, shownAs } from "../../util/inspect.ts";
import { restoreSnapshot, takeSnapshot } from "../core/snapshot.ts";
import { objectHandle } from "../objects/object_handle.ts";
import { BEHAVIOR, type ObjectsBehavior } from "../objects/objects_behavior.ts";
import { keepInternals } from "./service_internals.ts";
import type { Product } from "./product.ts";
import { checkLimits } from "../limits/check_limits.ts";
import type { ServiceLimits } from "../limits/service_limits.ts";
import { loopbackWebSocket } from "./loopback.ts";
import { ServiceCore } from "./service_core.ts";
import { ServiceLog } from "./service_log.ts";

/** The options of a local service. All are optional. */
export interface ServiceOptions {
  /**
   * The key of the initial app, `appId.keyId:secret`. Defaults to a key with a random secret, drawn on first use; with a
   * snapshot, to the key in the snapshot. Workers have no random numbers at module scope: if the key is read there, it is
   * {@linkcode DEFAULT_KEY}.
   */
  key?: string | null;
  /** The namespaces of that app. Default to `persisted`, `pushenabled` and `mutable`, each with the feature of its name. */
  namespaces?: readonly Namespace[] | null;
  /** The result of an earlier service's `snapshot()`: this service continues from it. */
  snapshot?: Uint8Array | null;
  /** The clock for times and timers. Defaults to the clock of the runtime. */
  clock?: Clock | null;
  /** Defaults to the random source of the runtime. */
  random?: RandomSource | null;
  /** The deviations of LiveObjects from Ably's usual answers. */
  objects?: ObjectsBehavior | null;
  /** The limits to enforce, such as `PACKAGE_LIMITS.free`. By default, rates and numbers are not limited. */
  limits?: ServiceLimits | null;
  /** The number of entries that the log keeps. Defaults to 10,000; 0 turns the log off. */
  logLimit?: number | null;
}

const PRODUCTS: readonly Product[] = [CHAT];

const LIST: Rule = { allows: Array.isArray, text: "an array" };
const BYTES: Rule = { allows: isBinary, text: "the bytes that snapshot() returned" };

const OPTIONS: Shape<ServiceOptions> = {
  what: "The options of the service",
  names: {
    key: true,
    namespaces: LIST,
    snapshot: BYTES,
    clock: CLOCK,
    random: RANDOM,
    logLimit: "number",
    limits: true,
    objects: true,
  },
};

/**
 * A fixed key, for a service whose clients need the key in advance: `createService({ key: DEFAULT_KEY })`. It protects nothing,
 * because it is public.
 */
export const DEFAULT_KEY = "localApp.root:local-development-only";

/** The host name of a service for clients in the same process. */
const ENDPOINT = "service.local";

/**
 * Makes a local service, which behaves like Ably, offline, for development and tests.
 *
 * It starts with one app, whose key has all rights. The call uses no timers, random numbers or I/O, so a service can be made at
 * module scope on Cloudflare Workers.
 *
 * @throws {ErrorInfo} 40005 for a malformed key, 40003 for other bad options.
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
  const given = readMembers(options, OPTIONS);
  const clock = given.clock ?? systemClock;
  const log = new ServiceLog(given.logLimit);
  const core = new ServiceCore({
    clock,
    random: given.random ?? systemRandom,
    log,
    objects: readMembers(given.objects, BEHAVIOR),
    limits: given.limits === undefined ? undefined : checkLimits(given.limits),
    kinds: PRODUCTS.map(({ channels }) => channels),
  });
  const parts = given.key == null ? drawnKey(core.random) : parsedKey(given.key);
  const setup = defaultAppSetup(parts, given.namespaces ?? undefined);
  setup.maxPresenceMembers = core.limits.presenceMembers ?? setup.maxPresenceMembers;
  if (given.snapshot != null) restoreSnapshot(core.apps, toBytes(given.snapshot));
  const restored = core.apps.get(parts.appId);
  // If the snapshot is of a service with another key, it has another app, or the same one with another secret.
  const main = restored ?? core.apps.create(setup);
  if (restored !== undefined && given.key != null) {
    setup.keys.forEach((key) => restored.addKey(key));
  }
  const mainKey = () => keyText(main.keys.get(parts.id) ?? [...main.keys.values()][0]!);
  const app = httpRouter(core, PRODUCTS);
  const handle: HttpHandler = (request) =>
    handleWithFaults(core, request, (request) => app.fetch(request));
  const fetch: typeof globalThis.fetch = (input, init) =>
    handleLikeFetch(toRequest(input, init), handle);
  const WebSocket = loopbackWebSocket(core);
  const close = () => {
    core.close();
    return Promise.resolve();
  };
  const checkOpen = () => {
    if (core.closed) throw serviceClosed();
  };
  const fixtures = fixturesOf(core, main);
  const service: LocalService = {
    ...fixtures,
    fetch,
    WebSocket,
    get key() {
      return mainKey();
    },
    clock,
    log,
    faults: core.faults,
    get apps() {
      return core.apps.values().map(({ id, keys }) => ({
        appId: id,
        keys: [...keys.values()].map(keyText),
      }));
    },
    objects: (channel) => {
      checkOpen();
      return objectHandle(main, channel);
    },
    snapshot: () => takeSnapshot(core.apps),
    options: ((rights) => {
      checkOpen();
      const common = { fetch, WebSocket, endpoint: ENDPOINT };
      if (rights === undefined) return { ...common, key: mainKey() };
      return { ...common, authCallback: tokensFor(fixtures, rights) };
    }) as LocalService["options"],
    close,
    [Symbol.asyncDispose]: close,
  };
  Object.defineProperty(service, inspect, {
    value: (...given: unknown[]) => shownAs("LocalService", formOf(core), given),
  });
  keepInternals(service, { core, handle });
  return service;
}

/** The members of a service that a console shows. Its keys are credentials, and so are left out. */
function formOf({ apps, closed, sockets, log }: ServiceCore): object {
  const all = [...apps.values()];
  return {
    apps: all.map(({ id }) => id),
    channels: all.flatMap(({ channels }) => [...channels.keys()]),
    sockets: sockets.size,
    log,
    closed,
  };
}

/** The parts of a key. */
interface KeyParts {
  readonly appId: string;
  readonly id: string;
  readonly secret: string;
}

/** A random key. It is drawn on first use, because Workers have no random numbers at module scope. */
function drawnKey(random: RandomSource): KeyParts {
  const fixed = parsedKey(DEFAULT_KEY);
  let drawn: string | undefined;
  return {
    ...fixed,
    get secret() {
      return drawn ??= drawSecret(random) ?? fixed.secret;
    },
  };
}

/** A random secret. On Workers at module scope it is undefined, which is safe there because no port is open. */
function drawSecret(random: RandomSource): string | undefined {
  try {
    return alphanumeric(random, 32);
  } catch {
    return undefined;
  }
}

/** The parts of a key. The dot is required, because apps are found by the part of a name before it. */
function parsedKey(key: string): KeyParts {
  const [, appId, id, secret] = /^([^.:\s]+)\.([^.:\s]+):(\S+)$/.exec(key) ?? [];
  if (appId && id && secret) return { appId, id, secret };
  throw new ErrorInfo({
    message: "The API key of the local service is malformed",
    code: ServiceCode.InvalidCredential,
    statusCode: 400,
    remediation:
      "Give appId.keyId:secret as the option key (on the command line --key), or leave it out for a key that is drawn.",
  });
}

function toRequest(input: string | URL | Request, init?: RequestInit): Request {
  if (typeof input !== "string" || !input.startsWith("/")) return new Request(input, init);
  return new Request(`https://${ENDPOINT}${input}`, init);
}
