import type { Hono } from "hono";
import type { Format } from "../../encoding/chain.ts";
import type { Channel } from "../core/channel.ts";
import { parseChannelName, parsePublishable } from "../core/channel_name.ts";
import { alphanumeric } from "../core/identifiers.ts";
import { publisherOf } from "../core/publisher.ts";
import { ServiceCode, serviceError } from "../core/service_error.ts";
import { applyOperations } from "../objects/apply_operations.ts";
import { invalidOperation, type ObjectOperation } from "../objects/wire_operation.ts";
import { ROOT } from "../objects/stored_objects.ts";
import { compactView, followPath, fullView, type PathTarget } from "../objects/object_tree.ts";
import { planOperation } from "../objects/operation_requests.ts";
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

/** The number of requests with an id that are remembered, so that a repeated one is recognised. */
const PUBLISHES_KEPT = 10_000;

/** Objects over REST. */
export function objectRoutes(router: Hono<ServiceEnv>): void {
  for (const path of ["/channels/:name/object", "/channels/:name/objects"]) {
    router.post(path, publishOperations);
    router.get(path, (c) => readObjects(c, ROOT));
    router.get(`${path}/:objectId`, (c) => readObjects(c, c.req.param("objectId")!));
  }
}

async function publishOperations(c: Exchange): Promise<Response> {
  const name = parsePublishable(c.req.param("name"));
  const { app, grant } = await authorize(c, { channel: name.full, operation: "object-publish" });
  const channel = app.channel(name.base);
  const body = await readBody(c);
  const messageId = alphanumeric(channel.random, 12);
  const planned = await planAll(channel, Array.isArray(body) ? body : [body], bodyCodec(c).format);
  if (planned.operations.length > 0) {
    const { operations, ids } = planned;
    const frame = { publisher: publisherOf(grant), frameId: messageId, ids };
    applyOperations(channel, operations, frame).broadcast();
  }
  for (const [id, objectIds] of planned.named) channel.objectPublishes.set(id, objectIds);
  for (const id of channel.objectPublishes.keys()) {
    if (channel.objectPublishes.size <= PUBLISHES_KEPT) break;
    channel.objectPublishes.delete(id);
  }
  const objectIds = [...new Set(planned.objectIds)];
  return reply(c, { messageId: `${messageId}:0`, channel: name.full, objectIds }, { status: 201 });
}

/** The plan for the operations of one request. */
interface PlannedRequest {
  operations: ObjectOperation[];
  /** Ids from the publisher, by the position of the operation. */
  ids: (string | undefined)[];
  objectIds: string[];
  /** The objects that each operation with an id affects. */
  named: Map<string, readonly string[]>;
}

/**
 * Plans all operations before any is applied, because they succeed or fail together. Each plan sees the effects of those before
 * it.
 */
async function planAll(
  channel: Channel,
  items: readonly unknown[],
  format: Format,
): Promise<PlannedRequest> {
  if (items.length === 0) throw invalidOperation("there are no operations");
  const planned: PlannedRequest = { operations: [], ids: [], objectIds: [], named: new Map() };
  const objects = items.length > 1 ? channel.objects.fork() : channel.objects;
  const { random, clock } = channel;
  for (const [index, item] of items.entries()) {
    if (typeof item !== "object" || item === null) {
      throw invalidOperation("an operation must be an object");
    }
    const given = item as Record<string, unknown>;
    const id = typeof given.id === "string" && given.id !== "" ? given.id : undefined;
    const earlier = id === undefined ? undefined : channel.objectPublishes.get(id);
    if (earlier !== undefined) {
      planned.objectIds.push(...earlier);
      continue;
    }
    const { operations, objectIds } = await planOperation(
      { objects, random, clock },
      given,
      format,
    );
    if (items.length > 1) {
      objects.check(operations);
      // For the copy only; the real operations get serials of the channel.
      const serial = (position: number) => `~${String(index).padStart(6, "0")}-${position}`;
      operations.forEach((operation, position) =>
        objects.apply(operation, { serial: serial(position), timestamp: clock.now() })
      );
    }
    planned.operations.push(...operations);
    planned.ids.push(...operations.map((_, position) => position === 0 ? id : undefined));
    planned.objectIds.push(...objectIds);
    if (id !== undefined) planned.named.set(id, objectIds);
  }
  return planned;
}

async function readObjects(c: Exchange, objectId: string): Promise<Response> {
  const name = parseChannelName(c.req.param("name"));
  const { app } = await authorize(c, { channel: name.full, operation: "object-subscribe" });
  const pool = app.channel(name.base).objects;
  const object = pool.get(objectId);
  if (object?.tombstone) {
    throw serviceError(ServiceCode.ObjectReadTombstoned, "The object has been deleted");
  }
  if (object === undefined) {
    throw serviceError(ServiceCode.ObjectNotFound, "There is no object with this objectId");
  }
  const query = queryOf(c);
  const target: PathTarget = followPath(pool, object, query.get("path") ?? "")[0]!;
  const view = query.get("compact") === "false" ? fullView : compactView;
  return reply(c, view(pool, target, replyCodec(c).format));
}
