/** The outcome of an operation on several things at once (BAR1). */
export interface BatchResult<T> {
  /** The number that succeeded (BAR2a). */
  successCount: number;
  /** The number that failed (BAR2b). */
  failureCount: number;
  /** The results, in the order of the request (BAR2c). */
  results: T[];
}

/** Adds the counts to a result: those of the service (BAR2), or, without these, the counts of the results themselves. */
export function counted<T extends object>(
  results: (T & { error?: unknown })[],
  answers: readonly Partial<BatchResult<unknown>>[],
): BatchResult<T> {
  const failures = results.filter(({ error }) => error !== undefined).length;
  const sum = (name: "successCount" | "failureCount", own: number) =>
    answers.every((answer) => typeof answer[name] === "number")
      ? answers.reduce((all, answer) => all + answer[name]!, 0)
      : own;
  return {
    successCount: sum("successCount", results.length - failures),
    failureCount: sum("failureCount", failures),
    results,
  };
}
