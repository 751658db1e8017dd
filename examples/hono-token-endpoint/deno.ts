/** On Deno: `ABLY_API_KEY=… deno serve --allow-env=ABLY_API_KEY,APP_ORIGIN deno.ts`, or on Deno Deploy as it is. */
import { createApp } from "./app.ts";
import { Sessions } from "./sessions.ts";

const config = {
  ABLY_API_KEY: Deno.env.get("ABLY_API_KEY") ?? "",
  APP_ORIGIN: Deno.env.get("APP_ORIGIN"),
};

export default { fetch: createApp(config, new Sessions()).fetch } satisfies Deno.ServeDefaultExport;
