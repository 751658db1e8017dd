import type { ChannelManager } from "../realtime/channel/channel_manager.ts";
import type { ClientContext } from "../client/context.ts";
import type { LiveObjectsPlugin } from "./core/plugin_interface.ts";
import { ChannelObjects } from "./channel_objects.ts";
import { RealtimeChannelObject } from "./realtime_object.ts";
import { RestChannelObject } from "./rest_object.ts";

/** The plugin. If it is in the `plugins` of a client, channels have `object` (PC5, RTL27). */
export const LiveObjects: LiveObjectsPlugin = {
  realtime: (channel) => new RealtimeChannelObject(new ChannelObjects(channel as ChannelManager)),
  rest: (context, channel) =>
    new RestChannelObject(context as ClientContext, channel as { name: string }),
};
