import { listening } from "./listen_error.ts";
import { portGuard } from "./port_guard.ts";
import { addressesOf, type ServeOptions } from "./served.ts";

type Handler = (request: Request) => Promise<Response>;

/** A server for plain requests. */
export interface PlainServer {
  readonly port: number;
  close(): Promise<void>;
}

interface Listening {
  readonly port: number;
  stop(): Promise<void> | void;
}

interface Runtimes {
  Deno?: {
    serve(
      options: object,
      handler: Handler,
    ): { addr: { port: number }; shutdown(): Promise<void> };
  };
  Bun?: {
    serve(
      options: object,
    ): { port: number; stop(closeConnections: boolean): Promise<void> | void };
  };
}

/**
 * Serves requests without WebSockets, on Deno or Bun.
 *
 * @throws {ErrorInfo} 40000 if the port is taken.
 */
export function servePlain(handler: Handler, options: ServeOptions): PlainServer {
  const [first, ...others] = addressesOf(options.hostname ?? "localhost");
  const server = listening(
    () => listen(handler, { ...options, hostname: first!, port: options.port ?? 0 }),
    options,
  );
  const { port } = server;
  const servers = [server];
  for (const hostname of others) {
    try {
      servers.push(listen(handler, { ...options, hostname, port }));
    } catch {
      // A machine without IPv6 does not have this address.
    }
  }
  return {
    port,
    close: async () => void await Promise.all(servers.map((each) => each.stop())),
  };
}

function listen(answer: Handler, options: ServeOptions): Listening {
  const { port, hostname, tls } = options;
  const guard = portGuard(options);
  const handler: Handler = async (request) => guard(request) ?? await answer(request);
  const { Deno: deno, Bun: bun } = globalThis as unknown as Runtimes;
  if (bun !== undefined) {
    const server = bun.serve({ port, hostname, ...(tls && { tls }), fetch: handler });
    return { port: server.port, stop: () => server.stop(true) };
  }
  const server = deno!.serve({ port, hostname, ...tls, onListen: () => {} }, handler);
  return { port: server.addr.port, stop: () => server.shutdown() };
}
