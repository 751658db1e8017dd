/** The outcome of an operation on several things at once (BAR1). */
export interface BatchResult<T> {
  /** The number that succeeded (BAR2a). */
  successCount: number;
  /** The number that failed (BAR2b). */
  failureCount: number;
  /** The results, in the order of the request (BAR2c). */
  results: T[];
}
