/**
 * A server and a user talk over a channel: `deno task demo`.
 *
 * It needs no account: the local service stands in for Ably. With an API key in the environment variable
 * `ABLY_API_KEY` the same happens on Ably itself.
 *
 * Its token endpoint listens on this machine alone, and gives a token for channels below `demo:` to the one session of this
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
  console.log(`Running on ${backend.name}; tokens come from ${tokens.url}\n`);
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
