import type { Hono } from "hono";
import { annotate } from "../core/annotate.ts";
import type { Channel } from "../core/channel.ts";
import { type ChannelName, parseChannelName } from "../core/channel_name.ts";
import { readMessage } from "../core/incoming_message.ts";
import { findMessage, isMutation, mutateMessage, requireMutable } from "../core/mutate.ts";
import { writePayload } from "../core/payload.ts";
import { publisherOf } from "../core/publisher.ts";
import { ServiceCode, serviceError } from "../core/service_error.ts";
import type { Admission } from "../auth/presented_credentials.ts";
import {
  authenticate,
  bodyCodec,
  type Exchange,
  messageWriter,
  readBody,
  readObject,
  reply,
  replyCodec,
  requirePermission,
  type ServiceEnv,
} from "./exchange.ts";
import { replyPage } from "./pages.ts";

interface Target {
  admission: Admission;
  name: ChannelName;
  channel: Channel;
  serial: string;
}

/** Single messages, their versions and their annotations (RSL11, RSL14, RSL15, RSAN). */
export function messageVersionRoutes(router: Hono<ServiceEnv>): void {
  router.get("/channels/:name/messages/:serial", async (c) => {
    const { channel, serial } = await target(c, "history");
    return reply(c, messageWriter(c)(findMessage(channel, serial)));
  });

  router.patch("/channels/:name/messages/:serial", async (c) => {
    const { admission, name, channel, serial } = await target(c);
    const change = { ...readMessage(await readObject(c), bodyCodec(c).format), serial };
    if (!isMutation(change)) {
      throw serviceError(
        ServiceCode.InvalidParameter,
        "The action must be update, delete or append",
      );
    }
    const { grant } = admission;
    const versionSerial = mutateMessage(channel, change, { grant, channelName: name.full });
    return reply(c, { versionSerial });
  });

  router.get("/channels/:name/messages/:serial/versions", async (c) => {
    const { channel, serial } = await target(c, "history");
    findMessage(channel, serial);
    return replyPage(c, channel.messages.versions(serial)!, {
      keyOf: ({ version }) => version!.serial!,
      write: messageWriter(c),
    });
  });

  router.post("/channels/:name/messages/:serial/annotations", async (c) => {
    const { admission, channel, serial } = await target(c, "annotation-publish");
    const serials = annotate(channel, await readBody(c), {
      publisher: publisherOf(admission.grant),
      format: bodyCodec(c).format,
      messageSerial: serial,
    });
    return reply(c, { serials }, { status: 201 });
  });

  router.get("/channels/:name/messages/:serial/annotations", async (c) => {
    const { channel, serial } = await target(c, "history");
    const { format } = replyCodec(c);
    return replyPage(c, channel.annotations.of(serial), {
      keyOf: (annotation) => annotation.serial,
      write: (annotation) => writePayload(annotation, format),
    });
  });
}

async function target(c: Exchange, operation?: string): Promise<Target> {
  const admission = await authenticate(c);
  const name = parseChannelName(c.req.param("name"));
  if (operation !== undefined) requirePermission(admission, { channel: name.full, operation });
  const channel = admission.app.channel(name.base);
  requireMutable(channel);
  return { admission, name, channel, serial: c.req.param("serial")! };
}
