import { Hono } from "hono";
import { ServiceCode, serviceError, toErrorInfo } from "../core/service_error.ts";
import { limitExceeded } from "../limits/limit_errors.ts";
import { isForeignPage } from "../foreign_page.ts";
import { adminRoutes } from "../routes/admin_routes.ts";
import { appRoutes } from "../routes/app_routes.ts";
import { batchRoutes } from "../routes/batch_routes.ts";
import { channelRoutes } from "../routes/channel_routes.ts";
import { echoRoutes } from "../routes/echo_routes.ts";
import { eventStreamRoutes } from "../routes/event_stream_routes.ts";
import { replyError, type ServiceEnv } from "../routes/exchange.ts";
import { messageVersionRoutes } from "../routes/message_version_routes.ts";
import { messageRoutes } from "../routes/message_routes.ts";
import { objectRoutes } from "../routes/object_routes.ts";
import { presenceRoutes } from "../routes/presence_routes.ts";
import { pushRoutes } from "../routes/push_routes.ts";
import { statsRoutes } from "../routes/stats_routes.ts";
import { timeRoutes } from "../routes/time_route.ts";
import { tokenRoutes } from "../routes/token_routes.ts";
import type { Product } from "./product.ts";
import type { ServiceCore } from "./service_core.ts";
import type { LoggedRequest } from "./service_log.ts";

/** The HTTP side of a service. */
export function httpRouter(core: ServiceCore, products: readonly Product[]): Hono<ServiceEnv> {
  const router = new Hono<ServiceEnv>();
  router.use(async (c, next) => {
    const url = new URL(c.req.url);
    const { method, headers } = c.req.raw;
    const path = url.pathname;
    const at = core.timers.now();
    const logged: LoggedRequest = { type: "request", at, method, url, path, headers };
    core.log.add(logged);
    c.set("core", core);
    c.set("logged", logged);
    await next();
    if (path !== "/" && !path.startsWith("/_service/")) {
      for (const [name, value] of Object.entries(COMMON_HEADERS)) c.res.headers.set(name, value);
    }
    const { status } = c.res;
    const kind = path.endsWith("/requestToken") ? "tokenRequests" : "other";
    c.var.app?.stats.request(kind, c.res.ok);
    core.log.add({ type: "response", at: core.timers.now(), method, path, status });
  });
  router.use(async (c, next) => {
    const { limits, requestRate, clock } = core;
    if (isLimited(c.req.raw) && !requestRate.take(1, clock.now())) {
      throw limitExceeded(ServiceCode.RequestRate, limits.requestRate!);
    }
    await next();
  });
  for (const path of ["/_service/*", "/apps/*"]) {
    router.use(path, async (c, next) => {
      if (!isForeignPage(c.req.raw)) return await next();
      throw serviceError(
        ServiceCode.Forbidden,
        `Pages of ${c.req.header("Origin")} are refused here: they are not of this machine`,
      );
    });
  }
  router.options("*", (c) => {
    const headers = new Headers(PREFLIGHT_HEADERS);
    const asked = c.req.header("Access-Control-Request-Headers");
    if (asked !== undefined) headers.set("Access-Control-Allow-Headers", asked);
    return new Response(null, { status: 204, headers });
  });
  echoRoutes(router);
  adminRoutes(router);
  timeRoutes(router);
  appRoutes(router);
  tokenRoutes(router);
  eventStreamRoutes(router);
  messageRoutes(router);
  messageVersionRoutes(router);
  batchRoutes(router);
  presenceRoutes(router);
  statsRoutes(router);
  pushRoutes(router);
  objectRoutes(router);
  channelRoutes(router);
  for (const product of products) product.routes(router);
  router.notFound((c) => {
    const { pathname } = new URL(c.req.url);
    // Hono ignores an empty segment of a path, so check for it here.
    const error = /^\/channels\/(\/|$)/.test(pathname)
      ? serviceError(ServiceCode.InvalidChannelName, "The channel name is empty")
      : serviceError(ServiceCode.NotFound, `There is nothing at ${pathname}`);
    return replyError(c, error);
  });
  router.onError((thrown, c) => replyError(c, toErrorInfo(thrown)));
  return router;
}

/** Whether a request counts as one to Ably: the tools of the local service and the checks of browsers do not. */
function isLimited({ method, url }: Request): boolean {
  const path = new URL(url).pathname;
  return method !== "OPTIONS" && path !== "/" && path !== "/time" &&
    !/^\/(_service|apps)(\/|$)/.test(path);
}

const COMMON_HEADERS = {
  "Access-Control-Allow-Origin": "*",
  "Access-Control-Expose-Headers": "Link, X-Ably-Errorcode, X-Ably-Errormessage, X-Ably-Serverid",
  "Vary": "Origin",
  "X-Ably-Serverid": "local",
};

const PREFLIGHT_HEADERS = {
  "Access-Control-Allow-Methods": "GET, POST, PUT, PATCH, DELETE, HEAD",
  "Access-Control-Allow-Headers":
    "Authorization, Content-Type, Accept, X-Ably-Version, Ably-Agent, X-Ably-ClientId, " +
    "X-Ably-DeviceToken, X-Ably-DeviceSecret",
  "Access-Control-Max-Age": "86400",
};
