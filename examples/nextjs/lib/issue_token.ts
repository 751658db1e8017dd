import "server-only";
import { tokenEndpoint } from "@ably-edge/sdk/token";
import { currentUser } from "./session.ts";
import { setting } from "./settings.ts";

const LIFETIME = 30 * 60 * 1000;

let endpoint: ((request: Request) => Promise<Response>) | undefined;

/** Answers the `authUrl` of the page's client: the page may read the wall, and nothing else. */
export function issueToken(request: Request): Promise<Response> {
  endpoint ??= tokenEndpoint({
    key: setting("ABLY_API_KEY"),
    async authorize() {
      const user = await currentUser();
      if (user === undefined) return Response.json({ error: "Sign in first" }, { status: 401 });
      return { clientId: user, capability: { wall: ["subscribe"] }, ttl: LIFETIME };
    },
  });
  return endpoint(request);
}
