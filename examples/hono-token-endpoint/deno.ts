/**
 * On Deno: `ABLY_API_KEY=… DEMO_PASSWORD=… deno serve --allow-env=ABLY_API_KEY,DEMO_PASSWORD,APP_ORIGIN deno.ts`. It runs
 * unchanged on Deno Deploy.
 */
import { createApp } from "./app.ts";
import { Sessions } from "./sessions.ts";

const config = {
  ABLY_API_KEY: Deno.env.get("ABLY_API_KEY") ?? "",
  DEMO_PASSWORD: Deno.env.get("DEMO_PASSWORD") ?? "",
  APP_ORIGIN: Deno.env.get("APP_ORIGIN"),
};

export default { fetch: createApp(config, new Sessions()).fetch } satisfies Deno.ServeDefaultExport;
