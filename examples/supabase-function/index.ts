/**
 * A Supabase Edge Function, or an app on Deno Deploy, that issues token requests for Ably to signed-in users.
 *
 * Supabase has checked the signature of the user's JWT before the function runs (`verify_jwt` is on unless you turned it
 * off), so that its claims can be read. Set the key with `supabase secrets set ABLY_API_KEY=…`.
 */
import { tokenEndpoint, type TokenGrant } from "@ably-edge/sdk/token";

/** Makes the function. */
export function createHandler(key: string): (request: Request) => Promise<Response> {
  return tokenEndpoint({
    key,
    format: "tokenRequest",
    origins: ["https://app.example.com"],
    authorize(request): TokenGrant | null {
      const user = userOf(request.headers.get("authorization"));
      if (user === undefined) return null;
      return {
        clientId: user,
        capability: { [`user:${user}`]: ["subscribe", "history"] },
        ttl: 60 * 60 * 1000,
      };
    },
  });
}

/** Who the verified JWT in the `Authorization` header is for. */
function userOf(authorization: string | null): string | undefined {
  const payload = authorization?.match(/^Bearer [\w-]+\.([\w-]+)\.[\w-]+$/)?.[1];
  if (payload === undefined) return undefined;
  try {
    const { sub, role } = JSON.parse(atob(payload.replaceAll("-", "+").replaceAll("_", "/")));
    return role === "authenticated" && typeof sub === "string" ? sub : undefined;
  } catch {
    return undefined;
  }
}

if (import.meta.main) Deno.serve(createHandler(Deno.env.get("ABLY_API_KEY") ?? ""));
