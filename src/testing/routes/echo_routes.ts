import type { Hono } from "hono";
import { answerEcho } from "../service/echo_host.ts";
import type { ServiceEnv } from "./exchange.ts";

const HOSTS = ["echo.ably.io", "internet-up.ably-realtime.com"];
const PATHS = ["/qs_to_body", "/respondwith", "/createjwt", "/methods", "/is-the-internet-up.txt"];

/**
 * The servers around Ably that its test suites use, for suites in which all host names lead to the service. A request for one
 * of them is recognised by its host, or by a path that Ably does not have.
 */
export function echoRoutes(router: Hono<ServiceEnv>): void {
  router.use(async (c, next) => {
    if (!isForEcho(c.req.method, new URL(c.req.url))) return await next();
    c.res = await answerEcho(c.req.raw);
  });
}

/** Whether a host is one of the servers around Ably. */
export function isEchoHost({ hostname }: URL): boolean {
  return HOSTS.includes(hostname);
}

function isForEcho(method: string, url: URL): boolean {
  if (isEchoHost(url) || PATHS.includes(url.pathname.toLowerCase())) return true;
  // A plain GET request is for the status page.
  return url.pathname === "/" && (method === "POST" || url.searchParams.has("body"));
}
