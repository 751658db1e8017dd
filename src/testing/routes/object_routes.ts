import type { Hono } from "hono";
import type { Channel } from "../core/channel.ts";
import { parseChannelName, parsePublishable } from "../core/channel_name.ts";
import { alphanumeric } from "../core/identifiers.ts";
import { publisherOf } from "../core/publisher.ts";
import { ServiceCode, serviceError } from "../core/service_error.ts";
import { applyOperations } from "../objects/apply_operations.ts";
import { ROOT } from "../objects/object_pool.ts";
import { compactView, followPath, fullView, type PathTarget } from "../objects/object_view.ts";
import { planOperation } from "../objects/rest_operations.ts";
import {
  authorize,
  bodyCodec,
  type Exchange,
  queryOf,
  readBody,
  reply,
  replyCodec,
  type ServiceEnv,
} from "./exchange.ts";

/** Objects over REST. */
export function objectRoutes(app: Hono<ServiceEnv>): void {
  for (const path of ["/channels/:name/object", "/channels/:name/objects"]) {
    app.post(path, publishOperations);
    app.get(path, (c) => readObjects(c, ROOT));
    app.get(`${path}/:objectId`, (c) => readObjects(c, c.req.param("objectId")!));
  }
}

async function publishOperations(c: Exchange): Promise<Response> {
  const name = parsePublishable(c.req.param("name"));
  const { app, grant } = await authorize(c, { channel: name.full, operation: "object-publish" });
  const channel = app.channel(name.base);
  const body = await readBody(c);
  const messageId = alphanumeric(channel.random, 12);
  const objectIds: string[] = [];
  for (const [index, item] of (Array.isArray(body) ? body : [body]).entries()) {
    const frameId = `${messageId}:${index}`;
    objectIds.push(...await publishOperation(c, channel, { item, frameId, grant }));
  }
  const answer = { messageId, channel: name.full, objectIds: [...new Set(objectIds)] };
  return reply(c, answer, { status: 201 });
}

async function publishOperation(
  c: Exchange,
  channel: Channel,
  { item, frameId, grant }: {
    item: unknown;
    frameId: string;
    grant: Parameters<typeof publisherOf>[0];
  },
): Promise<readonly string[]> {
  if (typeof item !== "object" || item === null) {
    throw serviceError(ServiceCode.InvalidObjectMessage, "An operation must be an object");
  }
  const given = item as Record<string, unknown>;
  const id = typeof given.id === "string" && given.id !== "" ? given.id : undefined;
  const earlier = id === undefined ? undefined : channel.objectPublishes.get(id);
  if (earlier !== undefined) return earlier;
  const { operations, objectIds } = await planOperation(channel, given, bodyCodec(c).format);
  applyOperations(channel, operations, { publisher: publisherOf(grant), frameId });
  if (id !== undefined) channel.objectPublishes.set(id, objectIds);
  return objectIds;
}

async function readObjects(c: Exchange, objectId: string): Promise<Response> {
  const name = parseChannelName(c.req.param("name"));
  const { app } = await authorize(c, { channel: name.full, operation: "object-subscribe" });
  const pool = app.channel(name.base).objects;
  const object = pool.get(objectId);
  if (object === undefined || object.tombstone) {
    throw serviceError(ServiceCode.ObjectNotFound, "There is no object with this objectId");
  }
  const query = queryOf(c);
  const target: PathTarget = followPath(pool, object, query.get("path") ?? "")[0]!;
  const view = query.get("compact") === "false" ? fullView : compactView;
  return reply(c, view(pool, target, replyCodec(c).format));
}
