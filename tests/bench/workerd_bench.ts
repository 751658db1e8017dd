/**
 * The costs in Cloudflare's runtime, beside bare code and `ably`. Measured is the processor time of workerd's process; the
 * servers are others. Runs on Deno, which starts workerd.
 *
 * @module
 */
import { compare } from "./support/compare.ts";
import { PUBLISHERS } from "./support/publish_contenders.ts";
import { ROWS, VENDORS } from "./support/realtime_contenders.ts";
import { startServer } from "./support/start_server.ts";
import { startWorker, workerContender } from "./support/start_worker.ts";
import { SIGNERS } from "./support/token_contenders.ts";

await using frames = await startServer("frame_server.ts");
await using rest = await startServer("rest_server.ts");
await using worker = await startWorker(new URL("support/worker.ts", import.meta.url));

for (const [title, work] of ROWS) {
  await row(title, VENDORS, { kind: "realtime", port: frames.port, work: JSON.stringify(work) });
}
for (const format of ["json", "msgpack"]) {
  await row(`publish ${format}, one after another`, Object.keys(PUBLISHERS), {
    kind: "rest",
    port: rest.port,
    work: format,
  });
}
for (const atOnce of [1, 50]) {
  const how = atOnce === 1 ? "one after another" : `${atOnce} at once`;
  await row(`createTokenRequest, ${how}`, Object.keys(SIGNERS), {
    kind: "token",
    port: 0,
    work: String(atOnce),
  });
}

async function row(
  title: string,
  names: readonly string[],
  { kind, port, work }: { kind: string; port: number; work: string },
): Promise<void> {
  await compare(
    title,
    () =>
      names.map((name) => workerContender(name, worker, { kind, name, port: String(port), work })),
    // The engine takes four rounds to compile a client's code. The first ones cost half as much again.
    { warmup: 5 },
  );
}
