import type { Hono } from "hono";
import { inRange, readAttachPoint, readRange } from "../core/history_page.ts";
import { MESSAGE_DELETE, MESSAGE_UPDATE, mutateMessage } from "../core/mutate.ts";
import { occupancyOf } from "../core/occupancy.ts";
import { frameSerial } from "../core/serials.ts";
import { ServiceCode, serviceError } from "../core/service_error.ts";
import { type Exchange, queryOf, readObject, reply, type ServiceEnv } from "../routes/exchange.ts";
import { publishOverRest } from "../routes/message_routes.ts";
import { replyPage } from "../routes/pages.ts";
import { CHAT_MESSAGE, readChange, readContent, writeChatMessage } from "./chat_message.ts";
import { clientIdOf, messageOf, type Room, roomOf } from "./room.ts";

const ORDERS: Readonly<Record<string, string>> = {
  newestFirst: "backwards",
  oldestFirst: "forwards",
};

/** Messages and occupancy of Chat's HTTP API, version 4. */
export function chatRoutes(router: Hono<ServiceEnv>): void {
  router.post("/chat/v4/rooms/:room/messages", async (c) => {
    const room = await roomOf(c, "publish");
    clientIdOf(room);
    const content = readContent(await readObject(c));
    const { serials } = publishOverRest(room.admission, room.channel.name, [content]);
    return reply(c, latest(room, serials[0]!), { status: 201 });
  });

  router.get("/chat/v4/rooms/:room/messages", async (c) => {
    const { admission, channel } = await roomOf(c, "history");
    const query = rangeQuery(c);
    const { direction } = readRange(query);
    const point = readAttachPoint(query, channel);
    const messages = channel.messages.all(admission.app.clock.now()).filter(({ name, serial }) => {
      if (name !== CHAT_MESSAGE) return false;
      if (point === undefined) return true;
      return direction === "backwards"
        ? frameSerial(serial) <= point
        : frameSerial(serial) >= point;
    });
    return replyPage(c, inRange(messages, readRange(query)), {
      keyOf: ({ serial }) => serial,
      write: writeChatMessage,
    });
  });

  router.get("/chat/v4/rooms/:room/messages/:serial", async (c) => {
    const room = await roomOf(c, "history");
    return reply(c, writeChatMessage(messageOf(c, room)));
  });

  router.put("/chat/v4/rooms/:room/messages/:serial", async (c) => {
    const room = await roomOf(c);
    clientIdOf(room);
    const { serial } = messageOf(c, room);
    const body = await readObject(c);
    const { message } = body;
    const content = readContent(
      typeof message === "object" && message !== null ? { ...message } : {},
    );
    // CHA-M8c: headers that are absent are removed.
    const { extras = {} } = content;
    const change = {
      ...content,
      serial,
      action: MESSAGE_UPDATE,
      extras,
      version: readChange(body),
    };
    return reply(c, changed(room, change));
  });

  router.post("/chat/v4/rooms/:room/messages/:serial/delete", async (c) => {
    const room = await roomOf(c);
    clientIdOf(room);
    const { serial } = messageOf(c, room);
    const version = readChange(await readObject(c));
    return reply(c, changed(room, { serial, action: MESSAGE_DELETE, hasData: false, version }));
  });

  router.get("/chat/v4/rooms/:room/messages/:serial/versions", async (c) => {
    const room = await roomOf(c, "history");
    const versions = room.channel.messages.versions(messageOf(c, room).serial)!;
    return replyPage(c, versions, {
      keyOf: ({ version }) => version!.serial!,
      write: writeChatMessage,
    });
  });

  for (const version of ["v3", "v4"]) {
    router.get(`/chat/${version}/rooms/:room/occupancy`, async (c) => {
      const { channel } = await roomOf(c, "channel-metadata");
      const { connections, presenceMembers } = occupancyOf(channel);
      return reply(c, { connections, presenceMembers });
    });
  }
}

function changed(
  room: Room,
  change: Parameters<typeof mutateMessage>[1] & { serial: string },
): object {
  const { grant } = room.admission;
  mutateMessage(room.channel, change, { grant, channelName: room.channelName });
  return latest(room, change.serial);
}

function latest({ channel }: Room, serial: string): object {
  return writeChatMessage(channel.messages.latest(serial)!);
}

/** The query with Chat's name of the order replaced by that of a channel's history. */
function rangeQuery(c: Exchange): URLSearchParams {
  const query = new URLSearchParams(queryOf(c));
  const order = query.get("orderBy");
  if (order === null || order === "") return query;
  if (!Object.hasOwn(ORDERS, order)) {
    throw serviceError(
      ServiceCode.InvalidParameter,
      "The parameter orderBy must be newestFirst or oldestFirst",
    );
  }
  query.set("direction", ORDERS[order]!);
  return query;
}
