import type { Hono } from "hono";
import { annotate } from "../core/annotate.ts";
import { publisherOf } from "../core/publisher.ts";
import { ServiceCode, serviceError } from "../core/service_error.ts";
import { ANNOTATION_DELETE } from "../core/summaries.ts";
import { type Exchange, queryOf, readObject, reply, type ServiceEnv } from "../routes/exchange.ts";
import {
  annotationType,
  type ChatReactions,
  REACTION_TYPES,
  reactionsOf,
  type ReactionSummary,
  type ReactionType,
} from "./chat_message.ts";
import { clientIdOf, messageOf, type Room, roomOf } from "./room.ts";

/** Reactions to messages, in versions 3 and 4 of Chat's HTTP API. */
export function chatReactionRoutes(router: Hono<ServiceEnv>): void {
  for (const version of ["v3", "v4"]) {
    const path = `/chat/${version}/rooms/:room/messages/:serial`;

    router.post(`${path}/reactions`, async (c) => {
      const room = await roomOf(c, "annotation-publish");
      const { type: given, name, count = 1 } = await readObject(c);
      const type = readType(given);
      if (type === "multiple" && !(Number.isInteger(count) && count as number > 0)) {
        throw invalidReaction("The count of a reaction must be a positive integer");
      }
      const item = { name: readName(name), ...(type === "multiple" && { count }) };
      return reply(c, { serial: react(c, room, { type, item }) }, { status: 201 });
    });

    router.delete(`${path}/reactions`, async (c) => {
      const room = await roomOf(c, "annotation-publish");
      const query = queryOf(c);
      const type = readType(query.get("type"));
      // A client has at most one unique reaction, so its name is not required.
      const name = type === "unique" ? undefined : readName(query.get("name"));
      return reply(c, {
        serial: react(c, room, { type, item: { name, action: ANNOTATION_DELETE } }),
      });
    });

    router.get(`${path}/client-reactions`, async (c) => {
      const room = await roomOf(c, "history");
      const clientId = queryOf(c).get("forClientId") ?? clientIdOf(room);
      return reply(c, clippedTo(clientId, reactionsOf(messageOf(c, room))));
    });
  }
}

/** Publishes the annotation of a reaction and returns its serial. */
function react(
  c: Exchange,
  room: Room,
  { type, item }: { type: ReactionType; item: object },
): string {
  clientIdOf(room);
  const [serial] = annotate(room.channel, { ...item, type: annotationType(type) }, {
    publisher: publisherOf(room.admission.grant),
    format: "json",
    messageSerial: messageOf(c, room).serial,
  });
  return serial!;
}

function readType(value: unknown): ReactionType {
  const type = REACTION_TYPES.find((type) => type === value);
  if (type !== undefined) return type;
  throw invalidReaction(`The type of a reaction must be one of ${REACTION_TYPES.join(", ")}`);
}

function readName(value: unknown): string {
  if (typeof value === "string" && value !== "") return value;
  throw invalidReaction("The name of a reaction must not be empty");
}

function invalidReaction(message: string): Error {
  return serviceError(ServiceCode.InvalidParameter, message);
}

/** The summaries reduced to one client. */
function clippedTo(clientId: string, reactions: ChatReactions): object {
  return Object.fromEntries(
    REACTION_TYPES.map((type) => [
      type,
      Object.fromEntries(
        Object.entries(reactions[type])
          .map(([name, summary]) => [name, clipped(clientId, summary)] as const)
          .filter(([, summary]) => summary !== undefined),
      ),
    ]),
  );
}

function clipped(clientId: string, summary: ReactionSummary): ReactionSummary | undefined {
  const all = summary.clientIds;
  const [own, others] = Array.isArray(all)
    ? [all.filter((id) => id === clientId), all.length - 1]
    : [
      Object.fromEntries(Object.entries(all).filter(([id]) => id === clientId)),
      Object.keys(all).length - 1,
    ];
  if (Object.keys(own).length === 0) return undefined;
  return { ...summary, clientIds: own, clipped: others > 0 };
}
