import type { AblyApp } from "../core/ably_app.ts";
import { occupancyOf } from "../core/occupancy.ts";
import { decoded, decodedMember } from "../fixtures/decoded.ts";
import { compactView, followPath } from "../objects/object_tree.ts";
import { ROOT } from "../objects/stored_objects.ts";
import type { ServiceCore } from "../service/service_core.ts";
import { plain } from "./page_log.ts";

/** The largest number of rows in a table. More would be slow to show, and cannot be read. */
const MOST_ROWS = 200;
/** The number of messages that are shown of a channel. */
const MOST_MESSAGES = 50;

/**
 * The apps with their connections and channels, without keys and tokens.
 *
 * @param search A part of a channel name, a clientId or a connectionId.
 */
export function describeState({ apps }: ServiceCore, search: string): object {
  return {
    apps: apps.values().map((app) => app.forgetIdle()).map((app) => {
      const connections = app.connections.values().filter(({ id, grant }) =>
        id.includes(search) || grant.clientId?.includes(search) === true
      );
      const channels = [...app.channels.values()].filter(({ name }) => name.includes(search));
      return {
        appId: app.id,
        connectionCount: connections.length,
        connections: connections.slice(0, MOST_ROWS).map(({ id, grant, droppedAt, socket }) => ({
          id,
          clientId: grant.clientId ?? null,
          connected: droppedAt === undefined,
          socket: socket?.id ?? null,
        })),
        channelCount: channels.length,
        channels: channels.slice(0, MOST_ROWS).map((channel) => ({
          name: channel.name,
          messages: channel.messages.all(app.clock.now()).length,
          ...occupancyOf(channel),
        })),
      };
    }),
  };
}

/** The latest messages, the members and the objects of a channel, decoded; undefined if there is no such channel. */
export function describeContent(app: AblyApp, name: string): object | undefined {
  const channel = app.channels.get(name);
  if (channel === undefined) return undefined;
  const messages = channel.messages.all(app.clock.now()).slice(-MOST_MESSAGES).toReversed();
  const { objects } = channel;
  const root = objects.get(ROOT);
  const content = {
    name,
    members: channel.presence.members().slice(0, MOST_ROWS).map(decodedMember),
    messages: messages.map(decoded),
    objects: objects.isPristine || root === undefined
      ? null
      : compactView(objects, followPath(objects, root, "")[0]!, "json"),
  };
  return JSON.parse(JSON.stringify(content, plain));
}
