/**
 * The cost of receiving and publishing in a realtime client, beside bare code and `ably`. Measured is the processor time of this
 * process; the server is another one.
 *
 * @module
 */
import { compare, measured } from "./support/compare.ts";
import { contender, ROWS, VENDORS } from "./support/realtime_contenders.ts";
import { startServer } from "./support/start_server.ts";

await using server = await startServer("frame_server.ts");
for (const [title, work] of ROWS) {
  await compare(
    title,
    () => VENDORS.map(async (name) => measured(name, await contender(name, work, server.port))),
  );
}
