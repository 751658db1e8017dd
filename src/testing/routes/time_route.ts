import type { Hono } from "hono";
import { reply, type ServiceEnv } from "./exchange.ts";

/** The service's time (RSC16). */
export function timeRoutes(app: Hono<ServiceEnv>): void {
  app.get("/time", (c) => reply(c, [c.var.core.clock.tell()]));
}
