import type { Plan, Step } from "./plan.ts";
import { simulate } from "./simulate.ts";

/** The number of worlds that a plan may cost before the smallest one so far is taken. */
const MOST_RUNS = 2_000;

/**
 * Cuts a plan that breaks a rule down to the fewest steps and clients that break the same rule.
 *
 * @param rule The beginning of the violation that must stay.
 */
export async function shrink(plan: Plan, rule: string): Promise<Plan> {
  let runs = 0;
  const stillFails = async (smaller: Plan): Promise<boolean> => {
    if (++runs > MOST_RUNS) return false;
    const { violations } = await simulate(smaller);
    return violations.some((violation) => violation.startsWith(rule));
  };
  let best = plan;
  for (let size = -1; size !== weigh(best);) {
    size = weigh(best);
    best = await withoutSteps(best, stillFails);
    best = await withoutClients(best, stillFails);
    best = await withSimplerSteps(best, stillFails);
  }
  return best;
}

type StillFails = (plan: Plan) => Promise<boolean>;

function weigh({ clients, steps }: Plan): number {
  return clients.length + JSON.stringify(steps).length;
}

/** Removes runs of steps, first long ones, then single ones. */
async function withoutSteps(plan: Plan, stillFails: StillFails): Promise<Plan> {
  let best = plan;
  for (let length = best.steps.length >> 1; length >= 1; length >>= 1) {
    for (let from = best.steps.length - length; from >= 0; from -= length) {
      const steps = [...best.steps.slice(0, from), ...best.steps.slice(from + length)];
      const smaller = { ...best, steps };
      if (await stillFails(smaller)) best = smaller;
    }
  }
  return best;
}

async function withoutClients(plan: Plan, stillFails: StillFails): Promise<Plan> {
  let best = plan;
  for (const { name } of plan.clients) {
    const clients = best.clients.filter((client) => client.name !== name);
    const smaller = { ...best, clients };
    if (clients.length > 0 && await stillFails(smaller)) best = smaller;
  }
  return best;
}

async function withSimplerSteps(plan: Plan, stillFails: StillFails): Promise<Plan> {
  let best = plan;
  for (let index = 0; index < best.steps.length; index++) {
    for (const simpler of simplerSteps(best.steps[index]!)) {
      const smaller = { ...best, steps: best.steps.with(index, simpler) };
      if (!await stillFails(smaller)) continue;
      best = smaller;
      break;
    }
  }
  return best;
}

function simplerSteps({ inside, twice, size, ...step }: Step): Step[] {
  const kept = {
    ...step,
    ...(inside && { inside }),
    ...(twice && { twice }),
    ...(size && { size }),
  };
  const simpler: Step[] = [];
  if (inside) simpler.push({ ...step, ...(twice && { twice }), ...(size && { size }) });
  if (twice) simpler.push({ ...step, ...(inside && { inside }), ...(size && { size }) });
  if (size !== undefined && size > 1 && step.what === "publish") simpler.push({ ...kept, size: 1 });
  return simpler;
}

/** A plan as a test that can be pasted. */
export function asTest(plan: Plan, rule: string): string {
  const lines = (items: readonly unknown[]) =>
    items.map((item) => `      ${objectText(item as object)},`).join("\n");
  return `test("${rule.replaceAll('"', "'")}", async () => {
  const { violations } = await simulate({
    seed: ${plan.seed},
    clients: [
${lines(plan.clients)}
    ],
    steps: [
${lines(plan.steps)}
    ],
  });
  assertEquals(violations, []);
});`;
}

function objectText(object: object): string {
  const members = Object.entries(object).map(([name, value]) =>
    `${name}: ${JSON.stringify(value)}`
  );
  return `{ ${members.join(", ")} }`;
}
