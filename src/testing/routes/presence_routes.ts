import type { Hono } from "hono";
import { memberKeyOf } from "../../messages/presence_message.ts";
import { permits } from "../auth/capability_rules.ts";
import type { Admission } from "../auth/presented_credentials.ts";
import { parseChannelName } from "../core/channel_name.ts";
import type { StoredPresence } from "../core/channel_event.ts";
import { inRange, readAttachPoint, readRange } from "../core/history_page.ts";
import { writePayload } from "../core/payload.ts";
import { ServiceCode, serviceError, toErrorInfo, toWireError } from "../core/service_error.ts";
import {
  authenticate,
  type Exchange,
  queryOf,
  reply,
  replyCodec,
  type ServiceEnv,
} from "./exchange.ts";
import { replyPage } from "./pages.ts";

const MAX_BATCH = 100;

/** Presence over REST (RSP, BGR). */
export function presenceRoutes(router: Hono<ServiceEnv>): void {
  router.get("/channels/:name/presence", async (c) => {
    const name = parseChannelName(c.req.param("name"));
    const { app: owner } = await authorizePresence(c, name.full);
    const query = queryOf(c);
    const clientId = query.get("clientId");
    const connectionId = query.get("connectionId");
    const members = owner.channel(name.base).presence.members().filter((member) =>
      (clientId === null || member.clientId === clientId) &&
      (connectionId === null || member.connectionId === connectionId)
    );
    return replyPage(c, members, { keyOf: memberKeyOf, write: writer(c) });
  });

  router.get("/channels/:name/presence/history", async (c) => {
    const name = parseChannelName(c.req.param("name"));
    const { app: owner } = await authorizePresence(c, name.full, ["history", "presence"]);
    const channel = owner.channel(name.base);
    const point = readAttachPoint(queryOf(c), channel);
    const now = owner.clock.now();
    const history = point === undefined
      ? channel.presence.history(now)
      : channel.presence.historyUpTo(point, now);
    return replyPage(c, inRange(history, readRange(queryOf(c))), {
      keyOf: (event) => channel.presence.keyOf(event),
      write: writer(c),
    });
  });

  router.get("/presence", async (c) => {
    const admission = await authenticate(c);
    const names = (queryOf(c).get("channels") ?? "").split(",").filter((name) => name !== "");
    if (names.length > MAX_BATCH) {
      throw serviceError(ServiceCode.TooManyChannels, `A batch may have ${MAX_BATCH} channels`);
    }
    const results = names.map((name) => batchResult(c, admission, name));
    const failureCount = results.filter((result) => "error" in result).length;
    return reply(c, { successCount: results.length - failureCount, failureCount, results });
  });
}

function batchResult(c: Exchange, admission: Admission, channel: string): object {
  try {
    const { full, base } = parseChannelName(channel);
    requirePresence(admission, full);
    const members = admission.app.channel(base).presence.members();
    return { channel, presence: members.map(writer(c)) };
  } catch (thrown) {
    return { channel, error: toWireError(toErrorInfo(thrown)) };
  }
}

async function authorizePresence(
  c: Exchange,
  channel: string,
  operations?: readonly string[],
): Promise<Admission> {
  const admission = await authenticate(c);
  requirePresence(admission, channel, operations);
  return admission;
}

function requirePresence(
  { grant }: Admission,
  channel: string,
  operations: readonly string[] = ["presence", "presence-subscribe"],
): void {
  if (operations.some((operation) => permits(grant.grants, channel, operation))) return;
  throw serviceError(
    ServiceCode.CapabilityDenied,
    `The credentials do not permit to see who is on the channel ${JSON.stringify(channel)}`,
  );
}

function writer(c: Exchange): (member: StoredPresence) => StoredPresence {
  const { format } = replyCodec(c);
  return (member) => writePayload(member, format);
}
