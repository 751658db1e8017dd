/**
 * A server and a user talk over a channel: `deno task demo`.
 *
 * It needs no account: it uses the local service instead of Ably. With an API key in the environment variable
 * `ABLY_API_KEY`, it uses Ably itself.
 *
 * Its token endpoint listens only on this machine, and gives a token for channels below `demo:` to the only session of this
 * run. The key is neither printed nor sent to the user.
 *
 * @module
 */
import { ErrorInfo } from "@ably-edge/sdk";
import { chooseBackend } from "./backend.ts";
import { converse } from "./conversation.ts";
import { printTotal } from "./step.ts";
import { serveTokens } from "./token_endpoint.ts";

try {
  await using backend = await chooseBackend(Deno.env.get("ABLY_API_KEY"));
  await using tokens = serveTokens(backend.key);
  console.log(`Running on ${backend.name}, with tokens from ${tokens.url}\n`);
  await converse(backend, tokens);
  printTotal();
} catch (error) {
  console.error(`\n${explain(error)}`);
  Deno.exitCode = 1;
}

function explain(error: unknown): string {
  if (!(error instanceof ErrorInfo)) return String(error);
  const { message, code, href, remediation } = error;
  return `${message} (error ${code}, see ${href})\n${remediation}`;
}
