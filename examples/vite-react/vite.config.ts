import { getRequestListener } from "@hono/node-server";
import react from "@vitejs/plugin-react";
import { defineConfig, loadEnv, type Plugin } from "vite";
import { createApp, readConfig } from "./server/app.ts";

export default defineConfig({ plugins: [react(), api()] });

/** In development, Vite itself answers the requests for the server, so there is one address and one process. */
function api(): Plugin {
  return {
    name: "api",
    configureServer({ config, middlewares }) {
      const env = loadEnv(config.mode, config.root, ""); // Also those without VITE_, which pages must not see.
      const answer = getRequestListener(createApp(readConfig(env)).fetch);
      middlewares.use((request, response, next) => {
        if (request.url?.startsWith("/api/")) void answer(request, response);
        else next();
      });
    },
  };
}
