/** One way to do some work. */
export interface Contender {
  /** Its name in the table. */
  name: string;
  /** Does the work once; what it answers is the cost of a unit of it, in microseconds. */
  run(): Promise<number>;
}

/** The number of turns that each contender takes. */
export interface Rounds {
  /** Counted rounds. Defaults to 9. */
  rounds?: number;
  /** Rounds before, which are not counted. Defaults to 3. */
  warmup?: number;
}

/**
 * Lets contenders do the same work in turns, in one process, and prints the median of each with its ratio to the first:
 * machines are noisy, ratios hold.
 */
export async function compare(
  title: string,
  contenders: readonly Contender[],
  { rounds = 9, warmup = 3 }: Rounds = {},
): Promise<void> {
  const costs = contenders.map(() => [] as number[]);
  for (let round = -warmup; round < rounds; round++) {
    for (const [index, contender] of contenders.entries()) {
      const cost = await contender.run();
      if (round >= 0) costs[index]!.push(cost);
    }
  }
  const floor = median(costs[0]!);
  console.log(title);
  for (const [index, { name }] of contenders.entries()) {
    const own = costs[index]!;
    const ratios = own.map((cost, round) => cost / costs[0]![round]!);
    console.log(
      `  ${name.padEnd(24)} ${median(own).toFixed(2).padStart(9)} µs   ` +
        `${(median(own) / floor).toFixed(2)} x (round by round ${median(ratios).toFixed(2)} x)`,
    );
  }
}

/** The middle of some numbers. */
export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}

/**
 * Measures the processor time that this process spends on some work.
 *
 * @param units How many units the work has.
 * @param work The work.
 * @returns Microseconds of processor time a unit.
 */
export async function processorTime(units: number, work: () => Promise<void>): Promise<number> {
  const before = cpuUsage();
  await work();
  return (cpuUsage() - before) / units;
}

function cpuUsage(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

// Deno, Bun and Node have it; its types come with none of the web standards.
declare const process: { cpuUsage(): { user: number; system: number } };
