/** One way to do some work. */
export interface Contender {
  /** Its name in the table. */
  name: string;
  /** Does the work once; what it answers is the cost of a unit of it, in microseconds. */
  run(): Promise<number>;
  /** Ends what the work needs. */
  close?(): void | Promise<void>;
}

/** The number of turns that each contender takes. */
export interface Rounds {
  /** Counted rounds. Defaults to 9. */
  rounds?: number;
  /** Rounds before, which are not counted. Defaults to 3. */
  warmup?: number;
}

type Maybe<T> = T | Promise<T>;

/** Words that narrow the comparisons to matching titles. */
const words = process.argv.slice(2);

/**
 * Lets contenders do the same work in turns, in one process, and prints the median of each with its ratio to the first:
 * machines are noisy, ratios hold.
 *
 * @param contenders The contenders, or a function that makes them if the title is wanted.
 */
export async function compare(
  title: string,
  contenders: readonly Contender[] | (() => readonly Maybe<Contender>[]),
  { rounds = 9, warmup = 3 }: Rounds = {},
): Promise<void> {
  if (!isWanted(title)) return;
  const all = typeof contenders === "function" ? await Promise.all(contenders()) : contenders;
  const costs = all.map(() => [] as number[]);
  for (let round = -warmup; round < rounds; round++) {
    for (const turn of all.keys()) {
      // A different one begins each round: some garbage of a contender is collected in the turn of the next. In a fixed order, the
      // first of two that did the same took 2.1 µs on Node, and the second 3.7.
      const index = (round + warmup + turn) % all.length;
      const cost = await all[index]!.run();
      if (round >= 0) costs[index]!.push(cost);
    }
  }
  for (const { close } of all) await close?.();
  const floor = median(costs[0]!);
  console.log(title);
  for (const [index, { name }] of all.entries()) {
    const own = costs[index]!;
    const ratios = own.map((cost, round) => cost / costs[0]![round]!);
    console.log(
      `  ${name.padEnd(24)} ${median(own).toFixed(2).padStart(9)} µs   ` +
        `${(median(own) / floor).toFixed(2)} x (round by round ${median(ratios).toFixed(2)} x)`,
    );
  }
}

/** Whether the words on the command line leave a row in. */
export function isWanted(title: string): boolean {
  return words.every((word) => title.includes(word));
}

/** The middle of some numbers. */
export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}

/** A contender whose cost is the processor time that this process spends on its work. */
export function measured(
  name: string,
  { units, work, close }: {
    units: number;
    work(): Promise<void>;
    close(): void | Promise<void>;
  },
): Contender {
  return { name, run: () => processorTime(units, work), close };
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
declare const process: { argv: string[]; cpuUsage(): { user: number; system: number } };
