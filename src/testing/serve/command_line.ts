import { DEFAULT_NAMESPACES, type Namespace } from "../core/app_setup.ts";
import { PACKAGE_LIMITS, type ServiceLimits } from "../limits/service_limits.ts";

/** The options of the command line. */
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
  limits?: ServiceLimits;
  quiet: boolean;
}

/**
 * The output of `--help`.
 *
 * @param command The command that started the program.
 */
export const help = (command: string): string =>
  `Runs a local service that behaves like Ably's.

Usage: ${command} [options]

  --port <number>       The port; 0 means any free port. Default: 8080
  --host <name>         The address to listen on. Default: localhost, so that only this machine can connect
  --allow-host <name>   Accept requests for this host name, too. By default the service accepts localhost, IP addresses, the
                        name it listens on and Ably's host names, because websites can point others here. May be repeated
  --key <key>           The API key of the app, appId.keyId:secret. Default: a new key at each start, which is printed
  --namespace <spec>    Add a namespace to persisted, pushenabled and mutable: an id, optionally followed by a colon and a
                        comma-separated list of persisted, persistLast, pushEnabled and mutableMessages. May be
                        repeated
  --limits <package>    Enforce the limits and rates of a package of Ably's: free, standard or pro. Default: no limits
  --tls-cert <file>     Serve HTTPS with this certificate (PEM)
  --tls-key <file>      The private key of the certificate (PEM)
  --snapshot <file>     Restore the state from this file, if it exists, and save it at the end. History and presence survive
                        a restart
  --echo-port <number>  Also serve a replacement for Ably's echo.ably.io on this port, for test suites: it echoes, signs JWTs
                        and answers connectivity checks
  --proxy-port <number> Also serve a control API for proxies that inject faults by rules. POST /sessions, with { rules },
                        starts a proxy on a free port
  --quiet               Print only errors
  --help                Print this help

GET / is a page with tools for development. POST /_service/faults injects faults.`;

const FLAGS = ["persisted", "persistLast", "pushEnabled", "mutableMessages"];
const DEFAULT_PORT = 8080;
const MAX_PORT = 65_535;

/**
 * Reads the command line: `--name value` or `--name=value`.
 *
 * @throws {Error} If an option is unknown or its value is not valid.
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
    else if (name === "--limits") result.limits = parseLimits(value());
    else if (name === "--namespace") result.namespaces.push(parseNamespace(value()));
    else throw new Error(`The option ${name} is unknown; --help lists the options`);
  }
  if ((result.cert === undefined) !== (result.certKey === undefined)) {
    throw new Error("The options --tls-cert and --tls-key must be used together");
  }
  return result;
}

function parseLimits(name: string): ServiceLimits {
  if (Object.hasOwn(PACKAGE_LIMITS, name)) return PACKAGE_LIMITS[name as "free"];
  const names = Object.keys(PACKAGE_LIMITS).join(", ");
  throw new Error(`The limits must be those of one of ${names}, got "${name}"`);
}

function parsePort(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= MAX_PORT) return port;
  throw new Error(`The port must be a number from 0 to ${MAX_PORT}, got "${text}"`);
}

function parseNamespace(spec: string): Namespace {
  const colon = spec.indexOf(":");
  const id = colon < 0 ? spec : spec.slice(0, colon);
  const flags = colon < 0 ? [] : spec.slice(colon + 1).split(",");
  const unknown = flags.find((flag) => !FLAGS.includes(flag));
  if (id === "" || unknown !== undefined) {
    throw new Error(
      `The namespace must be an id, optionally with a colon and some of ${
        FLAGS.join(", ")
      }, got "${spec}"`,
    );
  }
  return { id, ...Object.fromEntries(flags.map((flag) => [flag, true])) };
}
