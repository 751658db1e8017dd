#!/usr/bin/env node
/**
 * A program: the local service on a port, for any Ably client in any language. It prints the key, and options to copy;
 * `--help` lists the options. Importing this module does nothing; import {@linkcode serve} from `@ably-edge/sdk/testing`.
 *
 * ```sh
 * npx ably-edge --port 8080                                   # With the package of npm, on Node 20.16 and newer
 * bunx ably-edge --port 8080                                  # The same on Bun
 * deno run -N jsr:@ably-edge/sdk/testing/serve --port 8080    # On Deno
 * ```
 *
 * On Deno it needs the permission to read and write files only for `--tls-cert` and `--snapshot`.
 *
 * @module
 */
import { answerEcho } from "../service/echo_host.ts";
import { proxyControl } from "../proxy/proxy_control.ts";
import { createService } from "../service/create_service.ts";
import { SkipClock } from "../clock/skip_clock.ts";
import { type CommandLine, help, parseCommandLine } from "./command_line.ts";
import { currentHost, type Host, isMain } from "./host.ts";
import { listen, serve } from "./serve.ts";
import type { Served, ServeOptions } from "./served.ts";
import { plainTarget } from "./target.ts";

/** The status page shows at most this number of entries. The limit keeps memory small, because bodies can be large. */
const LOG_LIMIT = 1_000;

async function main(host: Host): Promise<void> {
  const options = parseCommandLine(host.args);
  if (options.help) return console.log(help(host.command));
  const { key, namespaces, port, host: hostname, allowHosts: hosts } = options;
  const file = options.snapshot;
  const snapshot = file === undefined
    ? undefined
    : await reading("--snapshot", file, () => host.readFile(file));
  const service = createService({
    key,
    namespaces,
    snapshot,
    clock: new SkipClock(),
    logLimit: LOG_LIMIT,
    limits: options.limits,
  });
  const tls = await readTls(host, options);
  const served = await serve(service, { port, hostname, hosts, tls });
  const echo = options.echoPort === undefined
    ? undefined
    : await listen(plainTarget(answerEcho), { port: options.echoPort, hostname, hosts, tls });
  // Sessions listen without TLS, because tests connect to the proxy directly.
  const proxy = proxyControl(
    service,
    (session, port) =>
      listen({
        handle: (request) => session.handle(request),
        admit: (url) => session.admit(url),
      }, { port, hostname, hosts }),
  );
  const control = options.proxyPort === undefined
    ? undefined
    : await listen(plainTarget(proxy.handle), { port: options.proxyPort, hostname, hosts });
  if (!options.quiet) console.log(welcome(served, { echo: echo?.port, proxy: control?.port }));
  let stopping = false;
  host.onInterrupt(async () => {
    if (stopping) host.exit(1); // A second Ctrl-C exits at once.
    stopping = true;
    try {
      if (file !== undefined) await host.writeFile(file, service.snapshot());
    } catch (error) {
      fail(host, new Error(`Failed to save the snapshot to "${file}": ${messageOf(error)}`));
    }
    await service.close();
    await served.close();
    await echo?.close();
    await control?.close();
    await proxy.close();
    host.exit(0);
  });
}

async function readTls(
  host: Host,
  { cert, certKey }: CommandLine,
): Promise<ServeOptions["tls"]> {
  if (cert === undefined || certKey === undefined) return null;
  return {
    cert: await reading("--tls-cert", cert, () => host.readTextFile(cert)),
    key: await reading("--tls-key", certKey, () => host.readTextFile(certKey)),
  };
}

/** Names the option and the file if it cannot be read. Not all runtimes do. */
async function reading<T>(option: string, path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw new Error(`Failed to read the file "${path}" of ${option}: ${messageOf(error)}`);
  }
}

function fail(host: Host, error: unknown): never {
  const { remediation } = Object(error) as { remediation?: string };
  console.error([messageOf(error), remediation ?? []].flat().join("\n"));
  host.exit(1);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function welcome(
  { url, options, hostname }: Served,
  ports: { echo: number | undefined; proxy: number | undefined },
): string {
  const { key } = options();
  const given = JSON.stringify(options());
  const at = (port: number | undefined, name: string) =>
    port === undefined ? "" : `\n  ${name}${hostname}:${port}`;
  const others = at(ports.echo, "echo           ") + at(ports.proxy, "proxy control  ");
  return `The local service listens on ${url}

  key            ${key}
  status page    ${url}/#key=${encodeURIComponent(key)}

  this SDK       new Realtime(${given})
  ably on npm    new Ably.Realtime(${given})
  curl           curl -u ${key} ${url}/channels/test/messages${others}

Stop it with Ctrl-C.`;
}

if (isMain(import.meta)) {
  const host = currentHost();
  try {
    await main(host);
  } catch (error) {
    fail(host, error);
  }
}
