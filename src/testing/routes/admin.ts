import type { Hono } from "hono";
import type { ErrorInfoValues } from "../../errors.ts";
import { actionName } from "../../protocol/actions.ts";
import type { ProtocolMessage } from "../../protocol/protocol_message.ts";
import { occupancyOf } from "../core/occupancy.ts";
import { refusal, ServiceCode } from "../core/service_error.ts";
import type {
  ConnectEffect,
  ConnectionMatch,
  ConnectMatch,
  Faults,
  FaultTimes,
  FrameEffect,
  FrameMatch,
  HttpEffect,
  HttpMatch,
} from "../faults.ts";
import type { ServiceCore } from "../service_core.ts";
import type { LogEntry } from "../service_log.ts";
import { authenticate, readObject, reply, replyEmpty, type ServiceEnv } from "./exchange.ts";
import { STATUS_PAGE } from "./status_page.ts";

const LOG_LINES = 200;

/** A fault as JSON: the name of a method of `Faults` with what it is for, and what belongs to it. */
interface Order extends FaultTimes {
  http?: HttpMatch;
  connect?: ConnectMatch;
  fromClient?: FrameMatch;
  toClient?: FrameMatch;
  effect?: unknown;
  drop?: ConnectionMatch;
  close?: ConnectionMatch;
  code?: number;
  hang?: ConnectionMatch;
  send?: ConnectionMatch;
  message?: ProtocolMessage;
  disconnect?: ConnectionMatch;
  fail?: ConnectionMatch;
  detach?: ConnectionMatch & { channel: string };
  failChannel?: ConnectionMatch & { channel: string };
  error?: ErrorInfoValues;
  expireTokens?: true;
  forgetConnections?: true;
  forgetEvents?: true;
  /** Milliseconds to skip, if the clock can. */
  advance?: number;
  clear?: true;
}

/** What Ably does not have: a page that shows what is going on, and faults on request. */
export function adminRoutes(app: Hono<ServiceEnv>): void {
  app.get("/", () =>
    new Response(STATUS_PAGE, {
      headers: {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy":
          "default-src 'none'; connect-src 'self'; style-src 'unsafe-inline'; script-src 'unsafe-inline'",
      },
    }));

  app.get("/_service/state", (c) => reply(c, describe(c.var.core)));

  app.post("/_service/faults", async (c) => {
    const { grant } = await authenticate(c);
    if (grant.method !== "key") {
      throw refusal(ServiceCode.KeyAuthRequired, "Faults are set with a key");
    }
    await obey(c.var.core, await readObject(c) as Order);
    return replyEmpty();
  });
}

async function obey({ faults, timers }: ServiceCore, order: Order): Promise<void> {
  if (setFault(faults, order) || actAtOnce(faults, order)) return;
  if (order.advance !== undefined && "advance" in timers) {
    return await (timers as { advance(ms: number): void | Promise<void> }).advance(order.advance);
  }
  throw refusal(ServiceCode.BadRequest, "The fault is not known");
}

function setFault(faults: Faults, order: Order): boolean {
  const { effect, times, skip } = order;
  const how = { times, skip };
  const isEffect = typeof effect === "object" && effect !== null;
  if (!isEffect) return false;
  if (order.http) faults.http(order.http, effect as HttpEffect, how);
  else if (order.connect) faults.connect(order.connect, effect as ConnectEffect, how);
  else if (order.fromClient) faults.fromClient(order.fromClient, effect as FrameEffect, how);
  else if (order.toClient) faults.toClient(order.toClient, effect as FrameEffect, how);
  else return false;
  return true;
}

function actAtOnce(faults: Faults, order: Order): boolean {
  const { error } = order;
  const failure = error ?? { message: "Failed on purpose", code: 50000, statusCode: 500 };
  if (order.drop) faults.drop(order.drop);
  else if (order.close) faults.close(order.code ?? 1000, order.close);
  else if (order.hang) faults.hang(order.hang);
  else if (order.send && order.message) faults.send(order.message, order.send);
  else if (order.disconnect) faults.disconnect(error, order.disconnect);
  else if (order.fail) faults.fail(failure, order.fail);
  else if (order.detach) faults.detach(order.detach.channel, error, order.detach);
  else if (order.failChannel) {
    faults.failChannel(order.failChannel.channel, failure, order.failChannel);
  } else if (order.expireTokens) faults.expireTokens();
  else if (order.forgetConnections) faults.forgetConnections();
  else if (order.forgetEvents) faults.forgetEvents();
  else if (order.clear) faults.clear();
  else return false;
  return true;
}

/** What the page shows: no keys and no tokens. */
function describe({ apps, log }: ServiceCore): object {
  return {
    apps: apps.values().map((app) => ({
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

/** Whether it is the page itself that asked: what it asks each second would bury everything else. */
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
