import { tokenEndpoint, type TokenGrant } from "@ably-edge/sdk/token";
import { userReader, type UserSource } from "./user.ts";

/** The configuration of the function. */
export interface Config extends UserSource {
  /** The API key, `appId.keyId:secret`. It needs no more than "subscribe" and "history" on `user:*`. */
  key: string;
  /** The origin of the pages that may ask for tokens, such as `https://app.example.com`. */
  origin?: string;
}

const HOUR = 60 * 60 * 1000;
const MINUTE = 60 * 1000;

/** Makes the function. */
export function createHandler(
  { key, origin, ...source }: Config,
): (request: Request) => Promise<Response> {
  const userOf = userReader(source);
  return tokenEndpoint({
    key,
    format: "tokenRequest",
    origins: origin,
    async authorize(request): Promise<TokenGrant | Response> {
      const user = await userOf(request);
      if (user === undefined) return Response.json({ error: "Sign in first" }, { status: 401 });
      return {
        clientId: user.id,
        capability: { [`user:${user.id}`]: ["subscribe", "history"] },
        // Not longer than the session, but at least a minute, so that a token is always useful.
        ttl: Math.max(MINUTE, Math.min(HOUR, user.expires - Date.now())),
      };
    },
  });
}

/**
 * Reads the configuration from the environment.
 *
 * @throws {Error} If a variable is missing, so that the function does not start without its configuration.
 */
export function readConfig(env: { get(name: string): string | undefined }): Config {
  const required = (name: string) => {
    const value = env.get(name);
    if (value) return value;
    throw new Error(`The environment variable ${name} is not set`);
  };
  const url = required("SUPABASE_URL").replace(/\/+$/, "");
  return {
    key: required("ABLY_API_KEY"),
    origin: env.get("APP_ORIGIN") || undefined,
    // On your machine, the host name of Supabase differs from the one in its JWTs.
    issuer: env.get("JWT_ISSUER") || `${url}/auth/v1`,
    jwks: `${url}/auth/v1/.well-known/jwks.json`,
  };
}
