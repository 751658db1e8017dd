/** `npm run offline`: the development server with the local service in the place of Ably, without an account. */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { createRequire } from "node:module";
import process from "node:process";
import { createService, serve } from "@ably-edge/sdk/testing";

const { key, endpoint, port } = (await serve(createService())).options();
const password = randomBytes(9).toString("base64url");
console.log(`Sign in with any name and the password ${password}`);

const next = createRequire(import.meta.url).resolve("next/dist/bin/next");
const server = spawn(process.execPath, [next, "dev", "--hostname", "localhost"], {
  stdio: "inherit",
  env: {
    ...process.env,
    ABLY_API_KEY: key,
    ABLY_ENDPOINT: endpoint,
    ABLY_PORT: String(port),
    DEMO_PASSWORD: password,
    SESSION_SECRET: randomBytes(32).toString("hex"),
  },
});
process.on("SIGTERM", () => server.kill()); // An interrupt reaches both.
server.on("exit", (code) => process.exit(code ?? 1));
