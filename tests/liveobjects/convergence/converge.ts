import { seeded } from "../../support/seeded.ts";
import { Round } from "./round.ts";
import type { Stage } from "./root.ts";

/** The result of many rounds. */
export interface Report {
  rounds: number;
  /** The number of changes that were accepted, of those that were refused, and of deliberate troubles. */
  accepted: number;
  refused: number;
  troubles: number;
  /** Everything that must not be. Empty if all clients agreed after every round. */
  faults: string[];
  /** The rounds after which a client of `ably` saw something else until the next sync. */
  deviations: string[];
}

/**
 * Lets clients and two other sites change the same objects while frames are lost, doubled, held back and split, and
 * connections break. After each round everything comes to rest; then all clients must see the same objects, and a sync must
 * change nothing.
 */
export async function converge(
  stage: Stage,
  { rounds, seed }: { rounds: number; seed: number },
): Promise<Report> {
  const report: Report = {
    rounds: 0,
    accepted: 0,
    refused: 0,
    troubles: 0,
    faults: [],
    deviations: [],
  };
  for (let index = 0; index < rounds && report.faults.length < 10; index++) {
    const round = new Round(stage, `round-${seed}-${index}`, seeded(seed * 100_003 + index));
    const faults = await round.run();
    report.rounds++;
    report.accepted += round.accepted;
    report.refused += round.refused;
    report.troubles += round.troubles;
    const placed = (text: string) => `Round ${index} of seed ${seed}: ${text}`;
    report.faults.push(...faults.map(placed));
    report.deviations.push(...round.deviations.map(placed));
  }
  return report;
}

/** The rounds on one service: it keeps every channel, and a fake clock looks through all timers. */
const ROUNDS_EACH = 100;

/** Plays rounds in lots, each on a new stage: with the ACK before the echo and the other way round, in turns. */
export async function convergeInLots(
  makeStage: (echoFirst: boolean) => DisposableStage | Promise<DisposableStage>,
  { rounds, seed }: { rounds: number; seed: number },
): Promise<Report> {
  const reports: Report[] = [];
  for (let done = 0; done < rounds; done += ROUNDS_EACH) {
    await using stage = await makeStage(reports.length % 2 === 1);
    const share = Math.min(ROUNDS_EACH, rounds - done);
    reports.push(await converge(stage, { rounds: share, seed: seed + reports.length }));
  }
  return addReports(reports);
}

type DisposableStage = Stage & AsyncDisposable;

/** The sum of reports. */
export function addReports(reports: readonly Report[]): Report {
  const sum = (count: (report: Report) => number) =>
    reports.reduce((all, report) => all + count(report), 0);
  return {
    rounds: sum(({ rounds }) => rounds),
    accepted: sum(({ accepted }) => accepted),
    refused: sum(({ refused }) => refused),
    troubles: sum(({ troubles }) => troubles),
    faults: reports.flatMap(({ faults }) => faults),
    deviations: reports.flatMap(({ deviations }) => deviations),
  };
}

/** A report in one line. */
export function describeReport(
  { rounds, accepted, refused, troubles, faults, deviations }: Report,
): string {
  return `${rounds} rounds, ${accepted} changes accepted, ${refused} refused, ${troubles} troubles, ` +
    `${faults.length} faults, ably behind until the next sync in ${deviations.length}`;
}
