import * as ErrorCode from "../../error_numbers.ts";
import { ErrorInfo } from "../../errors.ts";
import type { ServeOptions } from "./served.ts";

interface Problem {
  readonly message: string;
  readonly remediation: string;
}

/** The problems that have a code, or a name on Deno. The texts of the runtimes name neither the port nor a remedy. */
const PROBLEMS: Readonly<Record<string, Problem>> = {
  EADDRINUSE: {
    message: "the port is taken",
    remediation:
      "End the program that uses it, or give another port (--port): 0 takes any that is free.",
  },
  EADDRNOTAVAIL: {
    message: "this machine does not have the address",
    remediation: "Give an address of this machine as hostname (--host), such as localhost.",
  },
  EACCES: {
    message: "the system does not permit it",
    remediation: "Give a port (--port) above 1023.",
  },
  NotCapable: {
    message: "Deno has no permission for it",
    remediation: "Run Deno with --allow-net.",
  },
};

/**
 * Starts to listen.
 *
 * @throws {ErrorInfo} 40000 with the address, if that fails.
 */
export function listening<T>(start: () => T, options: ServeOptions): T {
  try {
    return start();
  } catch (cause) {
    throw cannotListen(cause, options);
  }
}

/** The error of a server that cannot listen. */
export function cannotListen(cause: unknown, { port, hostname, tls }: ServeOptions): ErrorInfo {
  const { code = "", name = "", message } = Object(cause) as Partial<Error & { code: string }>;
  const known = PROBLEMS[code] ?? PROBLEMS[name];
  return new ErrorInfo({
    message: `Failed to listen on ${hostname ?? "localhost"}, port ${port ?? 0}: ` +
      (known?.message ?? message ?? String(cause)),
    code: ErrorCode.BadRequest,
    statusCode: 400,
    remediation: known?.remediation ??
      (tls
        ? "Check hostname (--host), and that the certificate and its key are in PEM (--tls-cert, --tls-key)."
        : "Check hostname (--host) and port (--port)."),
    cause,
  });
}
