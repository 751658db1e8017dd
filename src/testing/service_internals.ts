import type { HttpHandler } from "./http_faults.ts";
import type { LocalService } from "./local_service.ts";
import type { ServiceCore } from "./service_core.ts";

/** What adapters to the network build on. */
export interface ServiceInternals {
  /** The heart of the service. */
  readonly core: ServiceCore;
  /** Handles a request, whatever becomes of its client. */
  readonly handle: HttpHandler;
}

const internals = new WeakMap<LocalService, ServiceInternals>();

/** Keeps what adapters need beside a service, not on it: it is no concern of its users. */
export function keepInternals(service: LocalService, what: ServiceInternals): void {
  internals.set(service, what);
}

/** What adapters need of a service. */
export function internalsOf(service: LocalService): ServiceInternals {
  const found = internals.get(service);
  if (found === undefined) throw new TypeError("Only what createService() made can be served");
  return found;
}
