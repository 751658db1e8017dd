import type { Hono } from "hono";
import { permits, permitsAnything, permitsSomewhere } from "../auth/capability_rules.ts";
import { parseChannelName } from "../core/channel_name.ts";
import { describeChannel } from "../core/occupancy.ts";
import { ServiceCode, serviceError } from "../core/service_error.ts";
import { authenticate, queryOf, reply, type ServiceEnv } from "./exchange.ts";
import { replyPage } from "./pages.ts";

/** Status and enumeration of channels (RSL8, CHD). */
export function channelRoutes(router: Hono<ServiceEnv>): void {
  router.get("/channels/:name", async (c) => {
    const { app: owner, grant } = await authenticate(c);
    const { full, base } = parseChannelName(c.req.param("name"));
    if (!permits(grant.grants, full, "channel-metadata") && !permitsAnything(grant.grants, full)) {
      throw denied();
    }
    return reply(c, describeChannel(full, owner.channel(base)));
  });

  router.get("/channels", async (c) => {
    const { app: owner, grant } = await authenticate(c);
    if (!permitsSomewhere(grant.grants, "channel-metadata")) throw denied();
    const query = queryOf(c);
    const prefix = query.get("prefix") ?? "";
    const byId = query.get("by") === "id";
    const channels = [...owner.channels.values()].filter((channel) =>
      channel.attachments.size > 0 && channel.name.startsWith(prefix)
    ).sort((a, b) => a.name < b.name ? -1 : 1);
    return replyPage(c, channels, {
      keyOf: ({ name }) => name,
      write: (channel) => byId ? channel.name : describeChannel(channel.name, channel),
    });
  });
}

function denied(): Error {
  return serviceError(
    ServiceCode.CapabilityDenied,
    "The credentials do not permit to see channels",
  );
}
