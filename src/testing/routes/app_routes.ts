import type { Hono } from "hono";
import { grantsText } from "../auth/capability_rules.ts";
import { keyText } from "../core/app_key.ts";
import { parseAppSetup } from "../core/app_setup.ts";
import type { AblyApp } from "../core/ably_app.ts";
import { ServiceCode, serviceError } from "../core/service_error.ts";
import {
  authenticate,
  type Exchange,
  readBody,
  reply,
  replyEmpty,
  type ServiceEnv,
} from "./exchange.ts";

/** Making and removing apps, as in Ably's sandbox for test suites. */
export function appRoutes(router: Hono<ServiceEnv>): void {
  router.post("/apps", async (c) => {
    const created = c.var.core.apps.create(parseAppSetup(await readBody(c)));
    return reply(c, describeApp(c, created), { status: 201 });
  });

  router.delete("/apps/:appId", async (c) => {
    const { app: owner, grant } = await authenticate(c);
    if (grant.method !== "key" || owner.id !== c.req.param("appId")) {
      throw serviceError(ServiceCode.InvalidCredentials, "The key belongs to another app");
    }
    c.var.core.apps.delete(owner.id);
    return replyEmpty(c);
  });
}

function describeApp(c: Exchange, app: AblyApp): object {
  const url = new URL(c.req.url);
  const tls = url.protocol === "https:";
  const { created, setup } = app;
  return {
    id: app.id,
    appId: app.id,
    accountId: "local",
    status: "enabled",
    created,
    modified: created,
    labels: null,
    tlsOnly: false,
    keys: [...app.keys.values()].map((key) => ({
      id: key.id,
      value: key.secret,
      keyName: key.name,
      keySecret: key.secret,
      keyStr: keyText(key),
      capability: grantsText(key.grants),
      status: 0,
      type: 0,
      created: key.created,
      modified: key.created,
      expires: 0,
      privileged: key.privileged,
      revocableTokens: key.revocableTokens,
    })),
    namespaces: setup.namespaces.map((namespace) => ({
      ...namespace,
      created,
      modified: created,
    })),
    channels: setup.channels.map(({ name, presence }) => ({ name, presence })),
    connections: [],
    endpoint: url.hostname,
    port: url.port === "" ? (tls ? 443 : 80) : Number(url.port),
    tls,
  };
}
