import type { Hono } from "hono";
import { reply, type ServiceEnv } from "./exchange.ts";

/** The service's time (RSC16). */
export function timeRoutes(router: Hono<ServiceEnv>): void {
  router.get("/time", (c) => reply(c, [c.var.core.clock.tell()]));
}
