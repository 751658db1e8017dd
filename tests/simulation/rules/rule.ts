import type { Inhabitant } from "../inhabitant.ts";
import type { World } from "../world.ts";

/** A rule that holds in every world. */
export interface Rule {
  readonly rule: string;
  readonly because: string;
  /** When it is looked at: while the clients are still connected, or after all are closed. */
  readonly when: "at rest" | "closed";
  /** The violations by one client. */
  readonly judge: (one: Inhabitant, world: World) => string[];
}
