import type { Hono } from "hono";
import { inRange, readRange } from "../core/history.ts";
import { parseChannelName } from "../core/channel_name.ts";
import { type IncomingMessage, readMessages } from "../core/incoming_message.ts";
import { writePayload } from "../core/payload.ts";
import { publishMessages } from "../core/publish.ts";
import { type Publisher, publisherOf } from "../core/publisher.ts";
import { frameSerial, serialOrigin } from "../core/serials.ts";
import type { SandboxApp } from "../core/sandbox_app.ts";
import type { Channel } from "../core/channel.ts";
import { refusal, ServiceCode } from "../core/service_error.ts";
import type { Admission } from "../auth/credentials.ts";
import {
  authenticate,
  authorize,
  bodyCodec,
  type Exchange,
  queryOf,
  readBody,
  reply,
  replyCodec,
  requirePermission,
  type ServiceEnv,
} from "./exchange.ts";
import { replyPage } from "./pages.ts";

/** Publishing and history (RSL1, RSL2). */
export function messageRoutes(app: Hono<ServiceEnv>): void {
  app.post("/channels/:name/messages", async (c) => {
    const admission = await authenticate(c);
    const name = parseChannelName(c.req.param("name"));
    requirePermission(admission, { channel: name.full, operation: "publish" });
    if (name.qualifier === "filter") {
      throw refusal(ServiceCode.InvalidChannelName, "A derived channel cannot be published to");
    }
    refuseIfForced(c);
    const messages = readMessages(await readBody(c), bodyCodec(c).format);
    const { messageId, serials } = publishOverRest(admission, name.base, messages);
    return reply(c, { channel: name.full, messageId, serials }, { status: 201 });
  });

  app.get("/channels/:name/messages", async (c) => {
    const name = parseChannelName(c.req.param("name"));
    const { app: owner } = await authorize(c, { channel: name.full, operation: "history" });
    const query = queryOf(c);
    const channel = owner.channel(name.base);
    const all = channel.messages.all(owner.clock.now());
    const items = upTo(channel, all, query.get("from_serial") ?? query.get("fromSerial"));
    const { format } = replyCodec(c);
    return replyPage(c, inRange(items, readRange(query)), {
      keyOf: (message) => message.serial,
      write: (message) => writePayload(message, format),
    });
  });
}

/** Publishes what a request carries. */
export function publishOverRest(
  { app, grant }: Admission,
  channelName: string,
  messages: readonly IncomingMessage[],
): ReturnType<typeof publishMessages> {
  const publisher = onBehalfOf(app, messages) ?? publisherOf(grant);
  return publishMessages(app.channel(channelName), messages, { publisher });
}

/** RSL1e: a message with a connectionKey is published as if that connection had sent it. */
function onBehalfOf(
  app: SandboxApp,
  messages: readonly IncomingMessage[],
): Publisher | undefined {
  const keys = new Set(messages.map(({ connectionKey }) => connectionKey ?? ""));
  keys.delete("");
  if (keys.size === 0) return undefined;
  const [key] = keys;
  const connection = keys.size === 1 ? app.connections.byKey(key!) : undefined;
  if (connection !== undefined) return publisherOf(connection.grant, connection.id);
  throw refusal(ServiceCode.InvalidConnectionKey, "The connectionKey of a message is invalid");
}

/** RTL10b: history up to the point of an attachment. */
function upTo<T extends { serial: string }>(
  channel: Channel,
  items: readonly T[],
  point: string | null,
): readonly T[] {
  if (point === null || point === "") return items;
  if (serialOrigin(point) !== "own" || frameSerial(point) > channel.events.position) {
    throw refusal(ServiceCode.AttachPointNotFound, "The point of attachment is not known");
  }
  return items.filter(({ serial }) => frameSerial(serial) <= frameSerial(point));
}

function refuseIfForced(c: Exchange): void {
  const forced = queryOf(c).get("_forceNack");
  if (forced !== null && forced !== "" && forced !== "false") {
    throw refusal(ServiceCode.ForcedNack, "The publish was refused because it asked for it");
  }
}
