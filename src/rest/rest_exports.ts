// The public names of the REST client, except for the client class itself.
export type { RestAnnotations } from "./rest_annotations.ts";
export type { RestChannel } from "./rest_channel.ts";
export type { RestChannels } from "./rest_channels.ts";
export type { RestClient } from "./rest_client.ts";
export type { RestPresence } from "./rest_presence.ts";

// Names that `ably` uses for some of them.
export type { RestChannel as Channel } from "./rest_channel.ts";
export type { RestPresence as Presence } from "./rest_presence.ts";
