import { convergeInLots } from "./converge.ts";
import { ownStage } from "./own_stage.ts";

/** Plays the rounds that the address asks for: `/?rounds=100&seed=1`. */
export default {
  async fetch(request: Request): Promise<Response> {
    const { searchParams } = new URL(request.url);
    const [rounds, seed] = ["rounds", "seed"].map((name) => Number(searchParams.get(name)));
    return Response.json(await convergeInLots(ownStage, { rounds: rounds!, seed: seed! }));
  },
};
