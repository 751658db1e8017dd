/** Variations in the handling of objects, for tests. */
export interface ObjectsBehavior {
  /**
   * Whether a client gets its own operations back before they are acknowledged. Ably promises no order; here they come after
   * the ACK unless told otherwise.
   */
  echoFirst?: boolean | null;
  /**
   * Whether a channel without any object is attached without the HAS_OBJECTS flag and without a sync. Ably may do either.
   * Defaults to false.
   */
  announceNone?: boolean | null;
  /** The pause between the pages of a sync, in milliseconds. Defaults to 0. */
  syncInterval?: number | null;
}
