import { ErrorCode } from "../../error_codes.ts";
import { ErrorInfo } from "../../errors.ts";
import type { LocalService } from "../service/local_service.ts";
import { listenBun, serveBun } from "./bun.ts";
import { listenDeno, serveDeno } from "./deno.ts";
import type { Listener, Served, ServeOptions } from "./served.ts";
import type { Target } from "./target.ts";

/**
 * Serves a service on a port, with the server of the runtime: Deno's or Bun's.
 *
 * @throws {ErrorInfo} 40000 if the runtime's server is not known, or the port is taken.
 *
 * @example A service for any Ably client
 * ```ts
 * import { createService, serve } from "@ably-edge/sdk/testing";
 *
 * await using service = createService();
 * await using served = await serve(service);
 * // For example { endpoint: "localhost", port: 49152, tls: false, key: "localApp.root:…" }.
 * console.log(served.options());
 * ```
 */
export function serve(service: LocalService, options?: ServeOptions | null): Promise<Served> {
  if ("Bun" in globalThis) return serveBun(service, options);
  if ("Deno" in globalThis) return serveDeno(service, options);
  return Promise.reject(
    new ErrorInfo({
      message: "Failed to serve the local service on a port: this runtime is neither Deno nor Bun",
      code: ErrorCode.BadRequest,
      statusCode: 400,
      remediation:
        "Serve it with Deno or Bun and connect to its port; on Workers use serveWorkers; for a client in the same process use the options of the service, without a port.",
    }),
  );
}

/**
 * Serves a target on a port, with the server of the runtime: Deno's or Bun's.
 *
 * @throws {ErrorInfo} 40000 if the port is taken.
 */
export function listen(target: Target, options: ServeOptions): Listener {
  return "Bun" in globalThis ? listenBun(target, options) : listenDeno(target, options);
}
