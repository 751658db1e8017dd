/** As a Cloudflare Worker: `wrangler secret put ABLY_API_KEY` and `DEMO_PASSWORD`, then `wrangler deploy`. */
import { type Config, createApp } from "./app.ts";
import { Sessions } from "./sessions.ts";

const sessions = new Sessions();
let app: ReturnType<typeof createApp> | undefined;

export default {
  fetch(request: Request, env: Config): Response | Promise<Response> {
    app ??= createApp(env, sessions);
    return app.fetch(request);
  },
};
