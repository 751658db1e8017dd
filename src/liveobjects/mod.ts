/**
 * LiveObjects: maps and counters that all clients of a channel share, with the same contents for all.
 *
 * Pass the plugin to a client, request the modes, and use `channel.object`.
 *
 * @example Counting together
 * ```ts
 * import { Realtime } from "@ably-edge/sdk";
 * import { LiveCounter, LiveObjects } from "@ably-edge/sdk/liveobjects";
 *
 * export async function vote(key: string): Promise<number | undefined> {
 *   await using client = new Realtime({ key, plugins: { LiveObjects } });
 *   const channel = client.channels.get("poll", { modes: ["object_subscribe", "object_publish"] });
 *   const poll = await channel.object.get<{ votes: LiveCounter }>();
 *   if (!poll.get("votes").instance()) await poll.set("votes", LiveCounter.create());
 *   await poll.get("votes").increment();
 *   return poll.get("votes").value();
 * }
 * ```
 *
 * @module
 */
export { LiveCounter, LiveMap } from "./core/api_values.ts";
export { LiveObjects } from "./plugin.ts";
export type { LiveObjectsPlugin } from "./core/plugin_interface.ts";
export type * from "./core/api_messages.ts";
export type * from "./core/api_batch.ts";
export type * from "./core/api_calls.ts";
export type * from "./core/api_changes.ts";
export type * from "./core/api_instances.ts";
export type * from "./core/api_objects.ts";
export type * from "./core/api_paths.ts";
export type * from "./core/api_rest.ts";
export type {
  Binary,
  CompactedEntries,
  CompactedJsonEntries,
  CompactedJsonValue,
  CompactedValue,
  Entries,
  Json,
  Jsonable,
  JsonArray,
  JsonObject,
  JsonScalar,
  LiveCounterStatic,
  LiveMapStatic,
  LiveObject,
  ObjectIdReference,
  Primitive,
  PrimitiveInstance,
  ReadValue,
  SettableEntry,
  Value,
  ValueAt,
} from "./core/api_values.ts";
