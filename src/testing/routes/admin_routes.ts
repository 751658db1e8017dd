import type { Hono } from "hono";
import { ServiceCode, serviceError } from "../core/service_error.ts";
import { describeLog } from "../page/page_log.ts";
import { describeContent, describeState } from "../page/page_state.ts";
import { STATUS_PAGE } from "../page/status_page.ts";
import {
  authenticate,
  queryOf,
  readObject,
  reply,
  replyEmpty,
  type ServiceEnv,
} from "./exchange.ts";
import { obey, readOrder } from "./fault_orders.ts";

/** Routes of the local service alone: a page with tools for developers, its data, and faults on request. */
export function adminRoutes(router: Hono<ServiceEnv>): void {
  router.get("/", () =>
    new Response(STATUS_PAGE, {
      headers: {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy":
          "default-src 'none'; connect-src 'self'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; " +
          "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        "X-Content-Type-Options": "nosniff",
      },
    }));

  router.get(
    "/_service/state",
    (c) => reply(c, describeState(c.var.core, queryOf(c).get("search") ?? "")),
  );

  router.get("/_service/log", (c) => {
    const after = Number(queryOf(c).get("after") ?? 0);
    return reply(c, describeLog(c.var.core.log, Number.isFinite(after) ? after : 0));
  });

  router.get("/_service/channel", (c) => {
    const query = queryOf(c);
    const name = query.get("name") ?? "";
    const app = c.var.core.apps.get(query.get("app") ?? "");
    const content = app && describeContent(app, name);
    if (content !== undefined) return reply(c, content);
    throw serviceError(ServiceCode.NotFound, `There is no channel ${JSON.stringify(name)}`);
  });

  router.post("/_service/faults", async (c) => {
    const { grant } = await authenticate(c);
    if (grant.method !== "key") {
      throw serviceError(ServiceCode.KeyAuthRequired, "Faults are set with a key");
    }
    await obey(c.var.core, readOrder(await readObject(c)));
    return replyEmpty(c);
  });
}
