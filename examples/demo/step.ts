const start = performance.now();
let count = 0;

/**
 * Does one step of the demo, and prints what happened and how long it took.
 *
 * @param title What is done.
 * @param run Does it, and says what happened.
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

/** Prints how long all of it took. */
export function printTotal(): void {
  console.log(`\nDone: ${count} steps in ${elapsed(start)}`);
}

function elapsed(since: number): string {
  return `${(performance.now() - since).toFixed(1)} ms`;
}
