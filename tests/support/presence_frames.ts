import { Action, Flag } from "../../src/protocol/actions.ts";
import { DEFAULT_MODES, type Frame } from "./realtime_rig.ts";

/** The numbers of presence actions on the wire. */
export const ABSENT = 0, PRESENT = 1, ENTER = 2, LEAVE = 3, UPDATE = 4;

/** Flags of an ATTACHED that a SYNC will follow. */
export const HAS_PRESENCE = DEFAULT_MODES | Flag.HasPresence;

/** A PRESENCE of one event, as a connection published it: `presence(ENTER, "conn:3", "jim")`. */
export function presence(action: number, id: string, clientId: string, more: object = {}): Frame {
  return {
    action: Action.Presence,
    channel: "c",
    id,
    connectionId: id.split(":")[0],
    timestamp: 1_000,
    presence: [{ action, clientId, ...more }],
  };
}

/** A SYNC with members given by their ids and clientIds. */
export function sync(
  channelSerial: string | undefined,
  ...members: [id: string, clientId: string][]
): Frame {
  return {
    action: Action.Sync,
    channel: "c",
    ...(channelSerial !== undefined && { channelSerial }),
    presence: members.map(([id, clientId]) => ({
      action: PRESENT,
      id,
      clientId,
      connectionId: id.split(":")[0],
      timestamp: 1_000,
    })),
  };
}
