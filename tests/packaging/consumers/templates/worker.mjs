/**
 * Starts a Worker as `wrangler dev` does, with a local service in the place of Ably. Arguments: the address of the
 * service, and the variables as JSON.
 */
import { createRequire } from "node:module";
import process from "node:process";

// Only the project that this file is copied to has these packages.
const require = createRequire(import.meta.url);
const { fetch } = require("miniflare");
const { unstable_startWorker: startWorker } = require("wrangler");
const [service, variables] = process.argv.slice(2);

const worker = await startWorker({
  config: "wrangler.jsonc",
  bindings: Object.fromEntries(
    Object.entries(JSON.parse(variables)).map(([name, value]) => [
      name,
      { type: "plain_text", value },
    ]),
  ),
  dev: {
    server: { hostname: "127.0.0.1", port: 0 },
    inspector: false,
    watch: false,
    persist: false,
    logLevel: "error",
    outboundService({ url, method, headers, body }) {
      const { pathname, search } = new URL(url);
      return fetch(service + pathname + search, { method, headers, body, duplex: "half" });
    },
  },
});
await worker.ready;
console.log(`Ready on ${await worker.url}`);
