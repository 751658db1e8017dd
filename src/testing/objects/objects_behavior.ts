import type { Shape } from "../../util/read_members.ts";

/** Variations in the handling of objects, for tests. */
export interface ObjectsBehavior {
  /**
   * Whether a client receives its own operations before their ACK. Ably guarantees no order. Defaults to false, which sends
   * them after the ACK.
   */
  echoFirst?: boolean | null;
  /**
   * Whether a channel without objects is attached without the HAS_OBJECTS flag and without a sync. Ably may do either. Defaults
   * to false.
   */
  announceNone?: boolean | null;
  /** The pause between the pages of a sync, in milliseconds. Defaults to 0. */
  syncInterval?: number | null;
}

/** The members of the behavior. */
export const BEHAVIOR: Shape<ObjectsBehavior> = {
  what: "The behavior of objects",
  names: { echoFirst: "boolean", announceNone: "boolean", syncInterval: "number" },
};
