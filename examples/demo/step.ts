const start = performance.now();
let count = 0;

/**
 * Runs one step of the demo, and prints its result and its duration.
 *
 * @param title A description of the step.
 * @param run Performs the step and returns its result as text.
 */
export async function step(title: string, run: () => Promise<string>): Promise<void> {
  const began = performance.now();
  try {
    const happened = await run();
    console.log(`${++count}. ${title} (${elapsed(began)})\n   ${happened}`);
  } catch (error) {
    console.log(`${++count}. ${title}: failed after ${elapsed(began)}`);
    throw error;
  }
}

/** Prints the total duration. */
export function printTotal(): void {
  console.log(`\nDone: ${count} steps in ${elapsed(start)}`);
}

function elapsed(since: number): string {
  return `${(performance.now() - since).toFixed(1)} ms`;
}
