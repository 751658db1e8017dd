import { ORACLES } from "./oracles.ts";
import type { Plan } from "./plan.ts";
import { withSoftCrypto, World } from "./world.ts";

/** The outcome of a world. */
export interface Report {
  /** The rules that were broken, each with what broke it. */
  readonly violations: string[];
  /** The virtual time that has passed, in milliseconds. */
  readonly elapsed: number;
  readonly calls: number;
  /** The number of messages that the listeners received. */
  readonly messages: number;
  readonly faults: number;
}

/** Lets a world run as planned, and compares it with the rules. */
export async function simulate(plan: Plan): Promise<Report> {
  const world = new World(plan);
  const unhandled = collectUnhandled();
  const violations: string[] = [];
  const judge = (when: "at rest" | "closed") => {
    for (const { rule, when: moment, judge } of ORACLES) {
      if (moment === when) violations.push(...judge(world).map((text) => `${rule}: ${text}`));
    }
  };
  await withSoftCrypto(world, async () => {
    await world.run();
    judge("at rest");
    await world.close();
    await world.end();
    await new Promise((resolve) => setTimeout(resolve)); // Runtimes report rejections in a task of their own.
  });
  world.unhandled.push(...unhandled.stop());
  judge("closed");
  const users = world.inhabitants.map(({ user }) => user);
  return {
    violations,
    elapsed: world.clock.elapsed,
    calls: sum(users.map(({ calls }) => calls.length)),
    messages: sum(users.flatMap(({ ears }) => ears.map(({ heard }) => heard.length))),
    faults: world.faults,
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}

/** Collects rejections that have no handler. Some runtimes report them early, and take the report back. */
function collectUnhandled(): { stop(): string[] } {
  const reasons = new Map<Promise<unknown>, string>();
  const add = (event: PromiseRejectionEvent) => {
    event.preventDefault();
    reasons.set(event.promise, String(event.reason));
  };
  const remove = ({ promise }: PromiseRejectionEvent) => void reasons.delete(promise);
  globalThis.addEventListener?.("unhandledrejection", add);
  globalThis.addEventListener?.("rejectionhandled", remove);
  return {
    stop() {
      globalThis.removeEventListener?.("unhandledrejection", add);
      globalThis.removeEventListener?.("rejectionhandled", remove);
      return [...reasons.values()];
    },
  };
}
