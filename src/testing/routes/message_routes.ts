import type { Hono } from "hono";
import { inRange, readAttachPoint, readRange } from "../core/history_page.ts";
import { parseChannelName, parsePublishable } from "../core/channel_name.ts";
import { type IncomingMessage, readMessages } from "../core/incoming_message.ts";
import { publishMessages } from "../core/accept_messages.ts";
import { type Publisher, publisherOf } from "../core/publisher.ts";
import { frameSerial } from "../core/serials.ts";
import type { AblyApp } from "../core/ably_app.ts";
import { ServiceCode, serviceError } from "../core/service_error.ts";
import type { Admission } from "../auth/presented_credentials.ts";
import {
  authenticate,
  authorize,
  bodyCodec,
  type Exchange,
  messageWriter,
  queryOf,
  readBody,
  reply,
  requirePermission,
  type ServiceEnv,
} from "./exchange.ts";
import { replyPage } from "./pages.ts";

/** Publishing and history (RSL1, RSL2). */
export function messageRoutes(router: Hono<ServiceEnv>): void {
  router.post("/channels/:name/messages", async (c) => {
    const admission = await authenticate(c);
    const name = parsePublishable(c.req.param("name"));
    requirePermission(admission, { channel: name.full, operation: "publish" });
    refuseIfForced(c);
    const messages = readMessages(await readBody(c), bodyCodec(c).format);
    if (queryOf(c).get("ephemeral") === "true") {
      for (const message of messages) message.extras = { ...message.extras, ephemeral: true };
    }
    const { messageId, serials } = publishOverRest(admission, name.base, messages);
    return reply(c, { channel: name.full, messageId, serials }, { status: 201 });
  });

  // Some clients, such as those for Go and Java, read at the older path.
  router.on("GET", ["/channels/:name/messages", "/channels/:name/history"], async (c) => {
    const name = parseChannelName(c.req.param("name"));
    const { app: owner } = await authorize(c, { channel: name.full, operation: "history" });
    const query = queryOf(c);
    const channel = owner.channel(name.base);
    const all = channel.messages.all(owner.clock.now());
    const point = readAttachPoint(query, channel);
    const items = point === undefined
      ? all
      : all.filter(({ serial }) => frameSerial(serial) <= point);
    return replyPage(c, inRange(items, readRange(query)), {
      keyOf: (message) => message.serial,
      write: messageWriter(c),
    });
  });
}

/** Publishes the messages of a request. */
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
  app: AblyApp,
  messages: readonly IncomingMessage[],
): Publisher | undefined {
  const keys = new Set(messages.map(({ connectionKey }) => connectionKey ?? ""));
  keys.delete("");
  if (keys.size === 0) return undefined;
  const [key] = keys;
  const connection = keys.size === 1 ? app.connections.byKey(key!) : undefined;
  if (connection !== undefined) return publisherOf(connection.grant, connection.id);
  throw serviceError(ServiceCode.InvalidConnectionKey, "The connectionKey of a message is invalid");
}

function refuseIfForced(c: Exchange): void {
  const forced = queryOf(c).get("_forceNack");
  if (forced !== null && forced !== "" && forced !== "false") {
    throw serviceError(ServiceCode.ForcedNack, "The publish was refused because it asked for it");
  }
}
