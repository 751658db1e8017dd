/**
 * A Bun script with a token instead of the key. It gets the token from a token endpoint, such as the one in
 * `examples/hono-token-endpoint`, publishes a text, and prints the texts on the channel.
 *
 * The session and the token are secrets, so both addresses must begin with `https:`, except on this machine. The output is
 * quoted, because everyone who may publish on the channel can write it.
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
