import type { Hono } from "hono";
import { permitsSomewhere } from "../auth/capability_rules.ts";
import { ServiceCode, serviceError } from "../core/service_error.ts";
import { intervalTime, type StatsUnit } from "../core/stats_store.ts";
import { nestedStats } from "../core/nested_stats.ts";
import {
  authenticate,
  isBeforeVersion,
  queryOf,
  readBody,
  reply,
  type ServiceEnv,
} from "./exchange.ts";
import { replyPage } from "./pages.ts";

const UNITS: readonly string[] = ["minute", "hour", "day", "month"] satisfies StatsUnit[];
const SCHEMA = "https://schemas.ably.com/json/app-stats-0.0.1.json";

/** Statistics (RSC6), and injecting them for tests. */
export function statsRoutes(router: Hono<ServiceEnv>): void {
  router.post("/stats", async (c) => {
    const { app: owner } = await authenticate(c);
    owner.stats.inject(await readBody(c));
    return reply(c, [], { status: 201 });
  });

  router.get("/stats", async (c) => {
    const { app: owner, grant } = await authenticate(c);
    if (!permitsSomewhere(grant.grants, "stats")) {
      throw serviceError(
        ServiceCode.CapabilityDenied,
        "The credentials do not permit to see statistics",
      );
    }
    const query = queryOf(c);
    const unit = readUnit(query);
    const intervals = owner.stats.intervals(unit, readTime(query, "start"), readTime(query, "end"));
    if (query.get("direction") !== "forwards") intervals.reverse();
    return replyPage(c, intervals, {
      keyOf: ({ intervalId }) => intervalId,
      write: ({ entries, ...interval }) =>
        isBeforeVersion(c, 3)
          ? { ...interval, unit, ...nestedStats(entries) }
          : { ...interval, entries, unit, schema: SCHEMA, appId: owner.id },
    });
  });
}

function readUnit(query: URLSearchParams): StatsUnit {
  const unit = query.get("unit") ?? query.get("by") ?? "minute";
  if (UNITS.includes(unit)) return unit as StatsUnit;
  throw serviceError(ServiceCode.InvalidParameter, `The unit must be one of ${UNITS.join(", ")}`);
}

function readTime(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === "") return undefined;
  const time = intervalTime(text);
  if (time !== undefined) return time;
  throw serviceError(ServiceCode.InvalidParameter, `The parameter ${name} is not an interval`);
}
