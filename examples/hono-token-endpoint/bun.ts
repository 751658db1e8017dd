/** On Bun: `ABLY_API_KEY=… DEMO_PASSWORD=… bun bun.ts`. Bun serves the default export, on port 3000 or `PORT`. */
import process from "node:process";
import { createApp } from "./app.ts";
import { Sessions } from "./sessions.ts";

const { ABLY_API_KEY = "", DEMO_PASSWORD = "", APP_ORIGIN, PORT = "3000" } = process.env;

export default {
  port: Number(PORT),
  fetch: createApp({ ABLY_API_KEY, DEMO_PASSWORD, APP_ORIGIN }, new Sessions()).fetch,
};
