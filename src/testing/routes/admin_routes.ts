import type { Hono } from "hono";
import { actionName } from "../../protocol/actions.ts";
import { occupancyOf } from "../core/occupancy.ts";
import { ServiceCode, serviceError } from "../core/service_error.ts";
import type { ServiceCore } from "../service/service_core.ts";
import type { LogEntry } from "../service/service_log.ts";
import { authenticate, readObject, reply, replyEmpty, type ServiceEnv } from "./exchange.ts";
import { obey, readOrder } from "./fault_orders.ts";
import { STATUS_PAGE } from "./status_page.ts";

const LOG_LINES = 200;

/** Routes of the local service alone: a status page, and faults on request. */
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

  router.get("/_service/state", (c) => reply(c, describe(c.var.core)));

  router.post("/_service/faults", async (c) => {
    const { grant } = await authenticate(c);
    if (grant.method !== "key") {
      throw serviceError(ServiceCode.KeyAuthRequired, "Faults are set with a key");
    }
    await obey(c.var.core, readOrder(await readObject(c)));
    return replyEmpty(c);
  });
}

/** The data for the status page, without keys and tokens. */
function describe({ apps, log }: ServiceCore): object {
  return {
    apps: apps.values().map((app) => app.forgetIdle()).map((app) => ({
      appId: app.id,
      connections: app.connections.values().map(({ id, grant, droppedAt }) => ({
        id,
        clientId: grant.clientId ?? null,
        connected: droppedAt === undefined,
      })),
      channels: [...app.channels.values()].map((channel) => ({
        name: channel.name,
        messages: channel.messages.all(app.clock.now()).length,
        ...occupancyOf(channel),
      })),
    })),
    log: log.entries.filter((entry) => !isOfPage(entry)).slice(-LOG_LINES).map(describeEntry),
  };
}

/**
 * Whether an entry comes from the status page itself. The page sends a request each second, which would hide all other entries.
 */
function isOfPage(entry: LogEntry): boolean {
  return "path" in entry && (entry.path === "/" || entry.path === "/_service/state");
}

function describeEntry(entry: LogEntry): object {
  switch (entry.type) {
    case "request":
      return { at: entry.at, text: `${entry.method} ${entry.path}` };
    case "response":
      return { at: entry.at, text: `${entry.status} ${entry.method} ${entry.path}` };
    case "connect":
      return { at: entry.at, text: `socket ${entry.socket} opened` };
    case "close":
      return { at: entry.at, text: `socket ${entry.socket} closed by the ${entry.by}` };
    case "frame": {
      const { action, auth: _a, connectionKey: _k, connectionDetails: _d, ...message } =
        entry.message;
      const arrow = entry.direction === "in" ? "→" : "←";
      const frame = `${actionName(action).toUpperCase()} ${JSON.stringify(message).slice(0, 500)}`;
      const lost = entry.swallowed ? " (lost)" : "";
      return { at: entry.at, text: `socket ${entry.socket} ${arrow} ${frame}${lost}` };
    }
  }
}
