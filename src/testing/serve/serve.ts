import type { LocalService } from "../local_service.ts";
import { serveBun } from "./bun.ts";
import { serveDeno } from "./deno.ts";
import type { Served, ServeOptions } from "./served.ts";

/**
 * Serves a service on a port, with the server of the runtime: Deno's or Bun's.
 *
 * @throws If the runtime has no server that is known, or the port is taken.
 *
 * @example A service for any Ably client
 * ```ts
 * import { createService, serve } from "@ably-edge/sdk/testing";
 *
 * await using service = createService();
 * await using served = await serve(service);
 * // For example { endpoint: "localhost", port: 49152, tls: false, key: "localApp.root:local-development-only" }.
 * console.log(served.options());
 * ```
 */
export function serve(service: LocalService, options?: ServeOptions | null): Promise<Served> {
  if ("Bun" in globalThis) return serveBun(service, options);
  if ("Deno" in globalThis) return serveDeno(service, options);
  return Promise.reject(
    new Error(
      "Only Deno and Bun can serve the local service on a port; on Workers use serveWorkers",
    ),
  );
}
