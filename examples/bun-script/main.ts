/**
 * A Bun script that has a token instead of the key: it gets one from a token endpoint, such as the one in
 * `examples/hono-token-endpoint`, publishes, and prints what is there.
 *
 * The session and the token are secrets: both addresses have to begin with `https:`, but for this machine. Anyone who may
 * publish on the channel wrote what it prints, so that is quoted.
 *
 * `TOKEN_URL=https://api.example.com/token SESSION=… bun main.ts "Hello"`
 */
import process from "node:process";
import { publish } from "./publish.ts";

const { TOKEN_URL = "", SESSION = "", ABLY_ENDPOINT, ABLY_PORT } = process.env;
const [text = "Hello"] = process.argv.slice(2);

console.log(
  await publish(text, {
    tokenUrl: TOKEN_URL,
    session: SESSION,
    // For a service on this machine.
    ...(ABLY_ENDPOINT && {
      service: { endpoint: ABLY_ENDPOINT, port: Number(ABLY_PORT), tls: false },
    }),
  }),
);
