import { SECRET } from "./inhabitant.ts";
import type { Rule } from "./rules/rule.ts";
import { RULES } from "./rules/rules.ts";
import type { Plan } from "./plan.ts";
import { withSoftCrypto } from "./soft_crypto.ts";
import { VirtualClock } from "./virtual_clock.ts";
import { World } from "./world.ts";

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

/**
 * Lets a world run as planned, and compares it with the rules.
 *
 * @param inspect Called with the world at its end.
 */
export async function simulate(plan: Plan, inspect = (_world: World) => {}): Promise<Report> {
  const clock = new VirtualClock();
  const unhandled = collectUnhandled();
  const violations: string[] = [];
  try {
    const world = await withSoftCrypto({ clock, seed: plan.seed, secret: SECRET }, async () => {
      const world = new World(plan, clock);
      await world.run();
      violations.push(...judge(world, "at rest"));
      await world.close();
      await world.end();
      await new Promise((resolve) => setTimeout(resolve)); // Runtimes report rejections in a task of their own.
      violations.push(...judge(world, "closed"));
      return world;
    });
    inspect(world);
    return report(world, violations.concat(unhandled.violations()));
  } finally {
    unhandled.stop();
  }
}

function report({ inhabitants, clock, faults }: World, violations: string[]): Report {
  const users = inhabitants.map(({ user }) => user);
  return {
    violations,
    elapsed: clock.elapsed,
    calls: sum(users.map(({ calls }) => calls.length)),
    messages: sum(users.flatMap(({ ears }) => ears.map(({ heard }) => heard.length))),
    faults,
  };
}

function judge(world: World, moment: Rule["when"]): string[] {
  return RULES.filter(({ when }) => when === moment).flatMap(({ rule, judge }) =>
    world.inhabitants.flatMap((one) =>
      judge(one, world).map((text) => `${rule}: ${one.user.name}: ${text}`)
    )
  );
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}

/** Collects rejections that have no handler. Some runtimes report them early, and take the report back. */
function collectUnhandled(): { violations(): string[]; stop(): void } {
  const reasons = new Map<Promise<unknown>, string>();
  const add = (event: PromiseRejectionEvent) => {
    event.preventDefault();
    reasons.set(event.promise, String(event.reason));
  };
  const remove = ({ promise }: PromiseRejectionEvent) => void reasons.delete(promise);
  globalThis.addEventListener?.("unhandledrejection", add);
  globalThis.addEventListener?.("rejectionhandled", remove);
  return {
    violations: () =>
      Array.from(reasons.values(), (text) => `No error is left to the runtime: ${text}`),
    stop() {
      globalThis.removeEventListener?.("unhandledrejection", add);
      globalThis.removeEventListener?.("rejectionhandled", remove);
    },
  };
}
