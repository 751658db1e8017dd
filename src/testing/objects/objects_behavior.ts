/** What about objects a test may want to be otherwise. */
export interface ObjectsBehavior {
  /**
   * Whether a client gets its own operations back before they are acknowledged. Ably promises no order; here they come after
   * the ACK unless told otherwise.
   */
  echoFirst?: boolean | null;
  /**
   * Whether ATTACHED says of a channel without any object that there are none, and no sync follows. Ably may do either; here
   * it announces a sync unless told otherwise.
   */
  announceNone?: boolean | null;
  /** How many milliseconds pass between the pages of a sync. Defaults to 0: all are sent at once. */
  syncInterval?: number | null;
}
