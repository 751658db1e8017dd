/** The outcome of an operation on several things at once (BAR1). */
export interface BatchResult<T> {
  /** How many succeeded (BAR2a). */
  successCount: number;
  /** How many failed (BAR2b). */
  failureCount: number;
  /** What became of each, in the order of the request (BAR2c). */
  results: T[];
}
