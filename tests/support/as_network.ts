import type { LocalService } from "../../src/testing/mod.ts";

/** Answers the requests to one host. */
export type HostHandler = (request: Request) => Response | Promise<Response>;

/**
 * Puts a local service in the place of the network, for code that makes clients without being told where the service is.
 *
 * @param service Answers all requests and takes all WebSockets.
 * @param hosts What answers instead, by host name.
 * @returns What ends it.
 */
export function asNetwork(
  service: LocalService,
  hosts: Readonly<Record<string, HostHandler>> = {},
): Disposable {
  const before = { fetch: globalThis.fetch, WebSocket: globalThis.WebSocket };
  globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    const handler = hosts[new URL(request.url).hostname];
    return await (handler ? handler(request) : service.fetch(request));
  };
  globalThis.WebSocket = service.WebSocket as unknown as typeof WebSocket;
  return {
    [Symbol.dispose]: () => void Object.assign(globalThis, before),
  };
}
