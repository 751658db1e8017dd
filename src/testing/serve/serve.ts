import * as ErrorCode from "../../error_numbers.ts";
import { ErrorInfo } from "../../errors.ts";
import type { LocalService } from "../service/local_service.ts";
import { listenBun, serveBun } from "./bun.ts";
import { listenDeno, serveDeno } from "./deno.ts";
import { listenNode, serveNode } from "./node.ts";
import { hasNodeModules } from "./node_modules.ts";
import type { Listener, Served, ServeOptions } from "./served.ts";
import type { Target } from "./target.ts";

/**
 * Serves a service on a port, with the server of the runtime: Deno's, Bun's or Node's (20.16 and newer).
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
  if (isNode()) return serveNode(service, options);
  return Promise.reject(
    new ErrorInfo({
      message: "Failed to serve the local service on a port: this runtime has no server for it",
      code: ErrorCode.BadRequest,
      statusCode: 400,
      remediation:
        "Serve it with Deno, Bun or Node 20.16 and newer, and connect to its port; on Workers use serveWorkers; for a client in the same process use the options of the service, without a port.",
    }),
  );
}

/**
 * Serves a target on a port, with the server of the runtime.
 *
 * @throws {ErrorInfo} 40000 if the port is taken.
 */
export async function listen(target: Target, options: ServeOptions): Promise<Listener> {
  if ("Bun" in globalThis) return listenBun(target, options);
  return "Deno" in globalThis ? listenDeno(target, options) : await listenNode(target, options);
}

/** Whether this is Node. A Worker may have Node's modules, too, but no ports. */
function isNode(): boolean {
  const { navigator } = globalThis as { navigator?: { userAgent?: string } };
  return hasNodeModules() && navigator?.userAgent !== "Cloudflare-Workers";
}
