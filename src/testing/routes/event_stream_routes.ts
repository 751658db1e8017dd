import type { Hono } from "hono";
import { EventStream, readChannels } from "../connection/event_stream.ts";
import { JSON_LINES, SERVER_SENT_EVENTS } from "../connection/event_format.ts";
import { ServiceCode, serviceError } from "../core/service_error.ts";
import {
  authenticate,
  type Exchange,
  queryOf,
  requirePermission,
  type ServiceEnv,
} from "./exchange.ts";

/** The channel parameters that a stream supports. */
const PARAMS = ["rewind", "rewindLimit", "delta"];

/** Channels as streams of events over HTTP. */
export function eventStreamRoutes(router: Hono<ServiceEnv>): void {
  router.get("/sse", (c) => openStream(c, true));
  router.get("/event-stream", (c) => {
    const accept = c.req.header("Accept") ?? "";
    return openStream(c, accept.includes(SERVER_SENT_EVENTS.contentType));
  });
}

/** Opens a stream. Errors before it has begun are ordinary responses. */
async function openStream(c: Exchange, isSse: boolean): Promise<Response> {
  const admission = await authenticate(c);
  const query = queryOf(c);
  if (!query.get("v")) throw missing("v", "the version of the API, such as 1.2");
  const named = query.get("channels") ?? query.get("channel");
  if (!named) throw missing("channels", "the names of one or more channels");
  const channels = readChannels(named, query.get("separator") || ",");
  for (const { full } of channels) {
    requirePermission(admission, { channel: full, operation: "subscribe" });
  }
  const format = isSse ? SERVER_SENT_EVENTS : JSON_LINES;
  const stream = new EventStream(c.var.core, admission, {
    url: new URL(c.req.url),
    channels,
    params: Object.fromEntries(
      PARAMS.flatMap((name) => query.has(name) ? [[name, query.get(name)!]] : []),
    ),
    // An EventSource that reconnects sends the newer id in the header.
    lastEvent: c.req.header("Last-Event-ID") || query.get("lastEvent") || undefined,
    enveloped: query.get("enveloped") !== "false",
    heartbeats: query.get("heartbeats") === "true",
    format,
  });
  return new Response(stream.body, {
    headers: {
      "Content-Type": format.contentType,
      "Cache-Control": "no-store",
      "X-Accel-Buffering": "no",
    },
  });
}

function missing(name: string, meaning: string): Error {
  return serviceError(
    ServiceCode.BadRequest,
    `The parameter "${name}" is missing: ${meaning}`,
  );
}
