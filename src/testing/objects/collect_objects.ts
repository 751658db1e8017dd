import * as Action from "../../protocol/action_numbers.ts";
import type { Channel } from "../core/channel.ts";
import { alphanumeric } from "../core/identifiers.ts";
import { indexedSerial, SITE_CODE } from "../core/serials.ts";
import { ObjectAction, type ObjectMessage } from "./wire_operation.ts";

/** The time for which unreachable objects and tombstones are kept, in milliseconds. */
export const GC_GRACE_PERIOD = 24 * 60 * 60 * 1_000;

/** The minimum time between two collections, in milliseconds. */
const INTERVAL = 60 * 60 * 1_000;

/**
 * Deletes objects that have been unreachable for long, and removes old tombstones. It has no timer, but runs with the next use
 * of the channel.
 */
export function collectObjects(channel: Channel): void {
  const { objects, clock } = channel;
  const now = clock.now();
  if (now - objects.collectedAt < INTERVAL) return;
  objects.collectedAt = now;
  const reachable = objects.reachable();
  for (const { objectId, tombstone, map } of objects.states()) {
    if (map) forgetEntries(map.entries, now);
    if (tombstone) {
      if (now - (objects.deletedAt.get(objectId) ?? now) >= GC_GRACE_PERIOD) {
        objects.forget(objectId);
      }
    } else if (reachable.has(objectId)) objects.unreachableSince.delete(objectId);
    else {
      const since = objects.unreachableSince.get(objectId) ?? now;
      objects.unreachableSince.set(objectId, since);
      if (now - since >= GC_GRACE_PERIOD) deleteObject(channel, objectId);
    }
  }
}

/** Deletes an object and notifies all clients. Only the service may do this (RTLO4e). */
export function deleteObject(channel: Channel, objectId: string): void {
  const timestamp = channel.clock.stamp();
  const channelSerial = channel.nextSerial(timestamp);
  const serial = indexedSerial(channelSerial, 0);
  const operation = { action: ObjectAction.ObjectDelete, objectId, objectDelete: {} };
  channel.objects.apply(operation, { serial, timestamp });
  const id = alphanumeric(channel.random, 12);
  const message: ObjectMessage = {
    id: `${id}:0`,
    timestamp,
    serial,
    serialTimestamp: timestamp,
    siteCode: SITE_CODE,
    operation,
  };
  channel.emit({ action: Action.Object, channelSerial, id, timestamp, state: [message] });
}

function forgetEntries(
  entries: Record<string, { tombstone?: boolean; serialTimestamp?: number }>,
  now: number,
): void {
  for (const [key, { tombstone, serialTimestamp = now }] of Object.entries(entries)) {
    if (tombstone && now - serialTimestamp >= GC_GRACE_PERIOD) delete entries[key];
  }
}
