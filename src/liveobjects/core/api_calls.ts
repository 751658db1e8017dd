/** The options of every call. */
export interface ObjectCallOptions {
  /** Ends the wait when aborted: the call rejects. Operations that were sent are not undone. */
  signal?: AbortSignal | null;
}

/**
 * A change of the sync state: `"syncing"` while the service sends the objects, `"synced"` once all are known (RTO18b, RTO18b1,
 * RTO18b2).
 */
export type ObjectsEvent = "syncing" | "synced";

/** Called when the sync state changes, without arguments (RTO18e). */
export type ObjectsEventCallback = () => void;

/** The registration of a listener to the sync state (RTO18f). */
export interface StatusSubscription {
  /** Removes the listener (RTO18f2). */
  off(): void;
}

/** The registration of a listener to changes (SUB1). */
export interface Subscription {
  /** Removes the listener; a second call does nothing (SUB2). It can be called as a plain function. */
  unsubscribe: () => void;
  /** The same, for `using`. */
  [Symbol.dispose](): void;
}

/** The selection of changes below a path. */
export interface PathObjectSubscriptionOptions {
  /** The number of levels: 1 for the path itself, 2 to include its keys. All levels by default (RTPO19c1). */
  depth?: number | null;
}

/** The options of an iterator over changes. */
export interface ObjectStreamOptions {
  /** Ends the iteration when aborted. */
  signal?: AbortSignal | null;
  /** The number of changes that may be queued. Defaults to 10000. */
  bufferLimit?: number | null;
  /** The reaction to a full queue. Defaults to `"error"`. */
  onOverflow?: "error" | "drop-oldest" | "drop-newest" | null;
}
