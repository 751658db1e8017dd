import type { Hono } from "hono";
import { admit, credentialsOf } from "../auth/presented_credentials.ts";
import { revokeTokens } from "../auth/revoke_tokens.ts";
import { exchangeTokenRequest } from "../auth/token_requests.ts";
import type { AppKey } from "../core/app_key.ts";
import type { AblyApp } from "../core/ably_app.ts";
import { ServiceCode, serviceError } from "../core/service_error.ts";
import {
  authenticate,
  type Exchange,
  queryOf,
  readObject,
  reply,
  type ServiceEnv,
} from "./exchange.ts";

/** Exchanging token requests for tokens (RSA8). */
export function tokenRoutes(router: Hono<ServiceEnv>): void {
  router.post("/keys/:keyName/requestToken", async (c) => {
    const given = await readObject(c);
    const { owner, key } = findKey(c, given.keyName ?? c.req.param("keyName"));
    const trusted = given.mac === undefined && await showsKey(c, key);
    const details = await exchangeTokenRequest(owner, key, { given, trusted });
    return reply(c, details, { status: 201 });
  });

  router.post("/keys/:keyName/revokeTokens", async (c) => {
    const { app: owner, grant } = await authenticate(c);
    if (grant.method !== "key") {
      throw serviceError(
        ServiceCode.KeyAuthRequired,
        "Tokens are revoked with a key, not with a token",
        401,
      );
    }
    if (grant.key.name !== c.req.param("keyName")) {
      throw serviceError(
        ServiceCode.WrongKeyForOperation,
        "Tokens are revoked with the key they are of",
      );
    }
    if (!grant.key.revocableTokens) {
      throw serviceError(
        ServiceCode.RevocationNotEnabled,
        "The tokens of the key cannot be revoked",
      );
    }
    return reply(c, revokeTokens(owner, grant.key, await readObject(c)), { status: 201 });
  });

  router.get("/keys/:keyName/requestToken", (c) => {
    findKey(c, c.req.param("keyName"));
    throw serviceError(ServiceCode.MethodNotAllowed, "Use POST to request a token");
  });
}

function findKey(c: Exchange, name: unknown): { owner: AblyApp; key: AppKey } {
  const text = typeof name === "string" ? name : "";
  const owner = c.var.core.apps.ofName(text);
  const key = owner?.keyNamed(text);
  if (owner === undefined || key === undefined) {
    throw serviceError(ServiceCode.NotFound, "The key is not known");
  }
  c.set("app", owner);
  return { owner, key };
}

async function showsKey(c: Exchange, key: AppKey): Promise<boolean> {
  const credentials = credentialsOf(c.req.raw.headers, queryOf(c));
  if (credentials.key === undefined) return false;
  const { grant } = await admit(c.var.core.apps, credentials);
  return grant.key === key;
}
