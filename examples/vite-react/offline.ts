/** `npm run offline`: the development server with the local service in the place of Ably, without an account. */
import { randomBytes } from "node:crypto";
import process from "node:process";
import { createService, serve } from "@ably-edge/sdk/testing";
import { createServer } from "vite";

const { key, endpoint, port } = (await serve(createService())).options();
const password = randomBytes(9).toString("base64url");
Object.assign(process.env, {
  ABLY_API_KEY: key,
  ABLY_ENDPOINT: endpoint,
  ABLY_PORT: String(port),
  DEMO_PASSWORD: password,
  SESSION_SECRET: randomBytes(32).toString("hex"),
});

const vite = await createServer();
await vite.listen();
vite.printUrls();
console.log(`\n  Sign in with any name and the password ${password}`);
