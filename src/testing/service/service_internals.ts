import type { HttpHandler } from "../faults/http_faults.ts";
import type { LocalService } from "./local_service.ts";
import type { ServiceCore } from "./service_core.ts";

/** The interface that network adapters build on. */
export interface ServiceInternals {
  /** The heart of the service. */
  readonly core: ServiceCore;
  /** Handles a request, even if its client goes away. */
  readonly handle: HttpHandler;
}

const internals = new WeakMap<LocalService, ServiceInternals>();

/** Keeps what adapters need beside a service, not on it: it is no concern of its users. */
export function keepInternals(service: LocalService, what: ServiceInternals): void {
  internals.set(service, what);
}

/** The members of a service that adapters use. */
export function internalsOf(service: LocalService): ServiceInternals {
  const found = internals.get(service);
  if (found === undefined) throw new TypeError("Only what createService() made can be served");
  return found;
}
