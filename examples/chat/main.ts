/**
 * Serves the chat: `deno task chat`. It uses the local service, or Ably itself with a key in `ABLY_API_KEY`. The page is on
 * port 3000, or on `PORT`.
 *
 * @module
 */
import { createService, serve } from "@ably-edge/sdk/testing";
import { type Config, createApp } from "./app.ts";
import { readPageFiles } from "./page_files.ts";

const port = Number(Deno.env.get("PORT") ?? 3000);
const app = createApp({
  ...await chooseService(),
  files: await readPageFiles(),
  hosts: ["127.0.0.1", "localhost"].map((name) => new URL(`http://${name}:${port}`).host),
});
Deno.serve({
  hostname: "127.0.0.1",
  port,
  onListen: ({ port }) => console.log(`Open http://127.0.0.1:${port}/ in two tabs`),
}, app.fetch);

async function chooseService(): Promise<Pick<Config, "key" | "service">> {
  const ownKey = Deno.env.get("ABLY_API_KEY");
  if (ownKey) return { key: ownKey, service: {} };
  const served = await serve(createService());
  const { key, ...service } = served.options();
  return { key, service };
}
