import { DEFAULT_NAMESPACES, type Namespace } from "../core/app_setup.ts";

/** What the command line asks for. */
export interface CommandLine {
  help: boolean;
  port: number;
  host: string;
  allowHosts: string[];
  key?: string;
  cert?: string;
  certKey?: string;
  snapshot?: string;
  echoPort?: number;
  proxyPort?: number;
  namespaces: Namespace[];
  quiet: boolean;
}

/** What `--help` prints. */
export const HELP = `Runs a local service that behaves like Ably's.

Usage: deno task serve [options]                                  in a clone
       deno run -N jsr:@ably-edge/sdk/testing/serve [options]     once the module is published

  --port <number>       The port; 0 takes a free one. Default: 8080
  --host <name>         The address to listen on. Default: localhost, which is this machine alone
  --allow-host <name>   A name that the service may be reached under beside localhost, its address and Ably's own hosts;
                        others are refused, as a page on the internet could use them. May be repeated
  --key <key>           The API key of the app, appId.keyId:secret. Default: a new one with each start, which is printed
  --namespace <spec>    A namespace beside persisted, pushenabled and mutable: its id, and after a colon some of
                        persisted, pushEnabled and mutableMessages, joined by commas. May be repeated
  --tls-cert <file>     A certificate in PEM; HTTPS is served then
  --tls-key <file>      Its key in PEM
  --snapshot <file>     Go on from this file if it is there, and write it at the end: history and presence survive a restart
  --echo-port <number>  A port for what echo.ably.io is to test suites: it echoes, signs JWTs and says that the internet is up
  --proxy-port <number> A port for the control API of proxies that make things go wrong by rules: POST /sessions, with
                        { rules }, starts one on a free port
  --quiet               Print nothing but errors
  --help                Print this

GET / shows what is going on; POST /_service/faults makes things go wrong on purpose.`;

const FLAGS = ["persisted", "pushEnabled", "mutableMessages"];
const DEFAULT_PORT = 8080;
const MAX_PORT = 65_535;

/**
 * Reads the command line: `--name value` or `--name=value`.
 *
 * @throws {Error} If it cannot be understood; the message says why.
 */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const result: CommandLine = {
    help: false,
    port: DEFAULT_PORT,
    host: "localhost",
    allowHosts: [],
    namespaces: [...DEFAULT_NAMESPACES],
    quiet: false,
  };
  const rest = args.flatMap((arg) => {
    const equals = arg.startsWith("--") ? arg.indexOf("=") : -1;
    return equals < 0 ? [arg] : [arg.slice(0, equals), arg.slice(equals + 1)];
  });
  while (rest.length > 0) {
    const name = rest.shift()!;
    const value = () => {
      const next = rest.shift();
      if (next === undefined || next === "") throw new Error(`The option ${name} needs a value`);
      return next;
    };
    if (name === "--help" || name === "-h") result.help = true;
    else if (name === "--quiet") result.quiet = true;
    else if (name === "--port") result.port = parsePort(value());
    else if (name === "--host") result.host = value();
    else if (name === "--allow-host") result.allowHosts.push(value());
    else if (name === "--key") result.key = value();
    else if (name === "--tls-cert") result.cert = value();
    else if (name === "--tls-key") result.certKey = value();
    else if (name === "--snapshot") result.snapshot = value();
    else if (name === "--echo-port") result.echoPort = parsePort(value());
    else if (name === "--proxy-port") result.proxyPort = parsePort(value());
    else if (name === "--namespace") result.namespaces.push(parseNamespace(value()));
    else throw new Error(`The option ${name} is not known; --help lists those that are`);
  }
  if ((result.cert === undefined) !== (result.certKey === undefined)) {
    throw new Error("The options --tls-cert and --tls-key belong together");
  }
  return result;
}

function parsePort(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= MAX_PORT) return port;
  throw new Error(`The port must be a number from 0 to ${MAX_PORT}, got ${text}`);
}

function parseNamespace(spec: string): Namespace {
  const colon = spec.indexOf(":");
  const id = colon < 0 ? spec : spec.slice(0, colon);
  const flags = colon < 0 ? [] : spec.slice(colon + 1).split(",");
  const unknown = flags.find((flag) => !FLAGS.includes(flag));
  if (id === "" || unknown !== undefined) {
    throw new Error(
      `The namespace "${spec}" must be an id, a colon, and some of ${FLAGS.join(", ")}`,
    );
  }
  return { id, ...Object.fromEntries(flags.map((flag) => [flag, true])) };
}
