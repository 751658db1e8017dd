/** In production: `npm run build`, then `npm start` with the variables of `.env.example`. It serves the page and the API. */
import process from "node:process";
import { serve } from "@hono/node-server";
import { serveStatic } from "@hono/node-server/serve-static";
import { Hono } from "hono";
import { secureHeaders } from "hono/secure-headers";
import { createApp, readConfig } from "./app.ts";

const SELF = "'self'";
const ABLY = ["*.ably.net", "*.ably-realtime.com"];

const config = readConfig(process.env);
const { endpoint, port: servicePort } = config.service;
const sources = endpoint === undefined
  ? ABLY.flatMap((host) => [`https://${host}`, `wss://${host}`])
  : [`http://${endpoint}:${servicePort}`, `ws://${endpoint}:${servicePort}`];

const app = new Hono();
app.use(secureHeaders({
  contentSecurityPolicy: {
    defaultSrc: ["'none'"],
    scriptSrc: [SELF],
    styleSrc: [SELF],
    imgSrc: ["data:"],
    connectSrc: [SELF, ...sources],
    baseUri: ["'none'"],
    formAction: ["'none'"],
    frameAncestors: ["'none'"],
  },
}));
app.route("/", createApp(config));
app.use(serveStatic({ root: "dist" }));

const { PORT = "3000", HOST = "localhost" } = process.env;
serve(
  { fetch: app.fetch, port: Number(PORT), hostname: HOST },
  ({ port }) => console.log(`Listening on http://${HOST}:${port}`),
);
