import type { RealtimeObject } from "./api_objects.ts";
import type { RestObject } from "./api_rest.ts";

/** The value of `plugins.LiveObjects`: the `LiveObjects` of `@ably-edge/sdk/liveobjects` (PC5, PT2b). */
export interface LiveObjectsPlugin {
  /** Makes the objects of a realtime channel. Called by the client. */
  realtime(channel: unknown): RealtimeObject;
  /** Makes the objects of a REST channel. Called by the client. */
  rest(context: unknown, channel: unknown): RestObject;
}
