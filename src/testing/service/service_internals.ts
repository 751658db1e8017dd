import type { HttpHandler } from "../faults/http_faults.ts";
import type { LocalService } from "./local_service.ts";
import type { ServiceCore } from "./service_core.ts";

/** The interface that network adapters build on. */
export interface ServiceInternals {
  /** The core of the service. */
  readonly core: ServiceCore;
  /** Handles a request, even if its client goes away. */
  readonly handle: HttpHandler;
}

const internals = new WeakMap<LocalService, ServiceInternals>();

/** Stores the members for adapters outside the service object, to keep them out of the public API. */
export function keepInternals(service: LocalService, what: ServiceInternals): void {
  internals.set(service, what);
}

/** The members of a service that adapters use. */
export function internalsOf(service: LocalService): ServiceInternals {
  const found = internals.get(service);
  if (found === undefined) throw new TypeError("Only what createService() made can be served");
  return found;
}
