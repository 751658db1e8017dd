import type { Hono } from "hono";
import { permitsSomewhere } from "../auth/capability_rules.ts";
import type { Grant } from "../auth/grant.ts";
import { namespaceOf, parseChannelName } from "../core/channel_name.ts";
import { pushTo, readPayload } from "../core/push_delivery.ts";
import {
  type PushDevice,
  type PushSubscription,
  readDevice,
  type SubscriptionFilter,
  subscriptionKey,
} from "../core/push_store.ts";
import type { AblyApp } from "../core/ably_app.ts";
import { ServiceCode, serviceError } from "../core/service_error.ts";
import {
  authenticate,
  type Exchange,
  queryOf,
  readBody,
  readObject,
  reply,
  replyEmpty,
  type ServiceEnv,
} from "./exchange.ts";
import { replyPage } from "./pages.ts";

/** The requester: an administrator, or a device for itself. */
interface Access {
  readonly app: AblyApp;
  readonly grant: Grant;
  readonly admin: boolean;
  readonly deviceId?: string;
}

const DEVICE_TOKEN_TTL = 10 * 365 * 86_400_000;

/** Push notifications (RSH1): devices, subscriptions, publishing. */
export function pushRoutes(router: Hono<ServiceEnv>): void {
  deviceRoutes(router);
  subscriptionRoutes(router);

  router.post("/push/publish", async (c) => {
    const access = await accessOf(c);
    requireAdmin(access);
    const body = await readObject(c);
    await nextTask();
    publishTo(c, access.app, body);
    return replyEmpty(c);
  });

  router.post("/push/batch/publish", async (c) => {
    const access = await accessOf(c);
    requireAdmin(access);
    const body = await readBody(c);
    await nextTask();
    for (const item of Array.isArray(body) ? body : [body]) {
      const { recipient, payload } = (item ?? {}) as Record<string, Record<string, unknown>>;
      publishTo(c, access.app, { recipient, ...payload });
    }
    return replyEmpty(c);
  });
}

function deviceRoutes(router: Hono<ServiceEnv>): void {
  router.put("/push/deviceRegistrations/:id", async (c) => {
    const access = await accessOf(c);
    const id = c.req.param("id");
    requireDevice(access, id);
    const device = readDevice(id, await readObject(c));
    access.app.push.save(device);
    return reply(c, toldDevice(device));
  });

  router.post("/push/deviceRegistrations", async (c) => {
    const { app: owner, grant } = await accessOf(c);
    const body = await readObject(c);
    const device = readDevice(String(body.id ?? ""), body);
    owner.push.save(device);
    const deviceIdentityToken = issueDeviceToken(owner, grant, device);
    return reply(c, { ...toldDevice(device), deviceIdentityToken }, { status: 201 });
  });

  router.get("/push/deviceRegistrations/:id", async (c) => {
    const access = await accessOf(c);
    const id = c.req.param("id");
    requireDevice(access, id);
    return reply(c, findDevice(access, id));
  });

  router.patch("/push/deviceRegistrations/:id", async (c) => {
    const access = await accessOf(c);
    const id = c.req.param("id");
    requireDevice(access, id);
    const device = readDevice(id, await readObject(c), findDevice(access, id));
    access.app.push.save(device);
    return reply(c, toldDevice(device));
  });

  router.get("/push/deviceRegistrations", async (c) => {
    const access = await accessOf(c);
    requireAdmin(access);
    return replyPage(c, access.app.push.devices(deviceFilter(c)), {
      keyOf: ({ id }) => id,
      write: toldDevice,
    });
  });

  router.delete("/push/deviceRegistrations/:id", async (c) => {
    const access = await accessOf(c);
    const id = c.req.param("id");
    requireDevice(access, id);
    access.app.push.remove(access.app.push.devices({ deviceId: id }));
    return replyEmpty(c);
  });

  router.delete("/push/deviceRegistrations", async (c) => {
    const access = await accessOf(c);
    const filter = deviceFilter(c);
    if (filter.deviceId === undefined && filter.clientId === undefined) {
      throw serviceError(ServiceCode.BadRequest, "Removing devices needs a deviceId or a clientId");
    }
    if (!access.admin) requireDevice(access, filter.deviceId ?? "");
    access.app.push.remove(access.app.push.devices(filter));
    return replyEmpty(c);
  });
}

function subscriptionRoutes(router: Hono<ServiceEnv>): void {
  router.post("/push/channelSubscriptions", async (c) => {
    const access = await accessOf(c);
    const subscription = readSubscription(access, await readObject(c));
    access.app.push.subscribe(subscription);
    return reply(c, subscription, { status: 201 });
  });

  router.get("/push/channelSubscriptions", async (c) => {
    const access = await accessOf(c);
    const filter = subscriptionFilter(c);
    if (!access.admin) requireSubscriber(access, filter);
    return replyPage(c, access.app.push.subscriptions(filter), {
      keyOf: subscriptionKey,
      write: (subscription) => subscription,
    });
  });

  router.delete("/push/channelSubscriptions", async (c) => {
    const access = await accessOf(c);
    const filter = subscriptionFilter(c);
    if (!access.admin) requireSubscriber(access, filter);
    if (Object.values(filter).every((value) => value === undefined)) {
      throw serviceError(ServiceCode.BadRequest, "Removing subscriptions needs a filter");
    }
    access.app.push.unsubscribe(filter);
    return replyEmpty(c);
  });

  router.get("/push/channels", async (c) => {
    const access = await accessOf(c);
    requireAdmin(access);
    return replyPage(c, access.app.push.channels(), {
      keyOf: (channel) => channel,
      write: (channel) => channel,
    });
  });
}

async function accessOf(c: Exchange): Promise<Access> {
  const { app, grant } = await authenticate(c);
  const shown = c.req.header("X-Ably-DeviceToken");
  const device = shown === undefined ? grant : app.tokens.find(shown);
  const admin = permitsSomewhere(grant.grants, "push-admin");
  return { app, grant, admin, deviceId: device?.deviceId ?? bySecret(c, app) };
}

/** A device may also present the secret that it was registered with. */
function bySecret(c: Exchange, app: AblyApp): string | undefined {
  const secret = c.req.header("X-Ably-DeviceSecret");
  if (secret === undefined) return undefined;
  return app.push.devices().find(({ deviceSecret }) => deviceSecret === secret)?.id;
}

function requireAdmin({ admin }: Access): void {
  if (!admin) throw denied();
}

function requireDevice({ admin, deviceId }: Access, id: string): void {
  if (!admin && deviceId !== id) throw denied();
}

/** Checks that a requester who is not an administrator uses only its own data. */
function requireSubscriber(
  { deviceId: own, grant }: Access,
  { deviceId, clientId }: { deviceId?: string; clientId?: string },
): void {
  const mayForClient = permitsSomewhere(grant.grants, "push-subscribe") &&
    (grant.wildcard || grant.clientId === clientId);
  if (deviceId !== undefined ? own === deviceId : mayForClient) return;
  throw denied();
}

function findDevice({ app }: Access, id: string): PushDevice {
  const device = app.push.device(id);
  if (device !== undefined) return device;
  throw serviceError(ServiceCode.NotFound, "The device is not registered");
}

function readSubscription(
  access: Access,
  given: Readonly<Record<string, unknown>>,
): PushSubscription {
  const { channel, deviceId, clientId } = given as Record<string, string | undefined>;
  const { base } = parseChannelName(channel);
  for (const id of [deviceId, clientId]) {
    if (id != null && typeof id !== "string") {
      throw serviceError(ServiceCode.BadRequest, "A deviceId or clientId must be text");
    }
  }
  if ((deviceId == null) === (clientId == null)) {
    throw serviceError(ServiceCode.BadRequest, "A subscription needs a deviceId or a clientId");
  }
  if (!access.admin) requireSubscriber(access, { deviceId, clientId });
  if (access.app.namespaces.get(namespaceOf(base))?.pushEnabled !== true) {
    throw serviceError(ServiceCode.NamespaceNotEnabled, "Push is not enabled for the channel");
  }
  if (deviceId != null && access.app.push.device(deviceId) === undefined) {
    throw serviceError(ServiceCode.BadRequest, "The device is not registered");
  }
  return deviceId != null ? { channel: base, deviceId } : { channel: base, clientId };
}

function publishTo(c: Exchange, app: AblyApp, body: Readonly<Record<string, unknown>>): void {
  const { recipient, ...payload } = body;
  if (typeof recipient !== "object" || recipient === null) {
    throw serviceError(ServiceCode.BadRequest, "A push needs a recipient");
  }
  const findApp = (key: string) => c.var.core.apps.ofKey(key);
  pushTo(recipient as Record<string, unknown>, readPayload(payload), { store: app.push, findApp });
}

function issueDeviceToken(app: AblyApp, { key }: Grant, device: PushDevice): object {
  const issued = app.clock.stamp();
  const expires = issued + DEVICE_TOKEN_TTL;
  const { id: deviceId, clientId } = device;
  const grant = app.tokens.issue({
    key,
    method: "device",
    clientId,
    wildcard: false,
    grants: {},
    issued,
    expires,
    deviceId,
  });
  return {
    token: grant.token,
    keyName: key.name,
    issued,
    expires,
    capability: "{}",
    deviceId,
    ...(clientId !== undefined && { clientId }),
  };
}

/** Waits for frames that are sent together with the request, such as the ATTACH of a subscriber to the notification. */
function nextTask(): Promise<void> {
  return new Promise((resume) => setTimeout(resume, 0));
}

/** A device without its secret, which is returned only when a single device is read. */
function toldDevice({ deviceSecret: _secret, ...device }: PushDevice): object {
  return device;
}

function deviceFilter(c: Exchange): { deviceId?: string; clientId?: string } {
  const query = queryOf(c);
  return {
    deviceId: query.get("deviceId") ?? undefined,
    clientId: query.get("clientId") ?? undefined,
  };
}

function subscriptionFilter(c: Exchange): SubscriptionFilter {
  const query = queryOf(c);
  return {
    ...deviceFilter(c),
    channel: query.get("channel") ?? undefined,
    either: query.get("concatFilters") === "true" || undefined,
  };
}

function denied(): Error {
  return serviceError(
    ServiceCode.CapabilityDenied,
    "The credentials do not permit this use of push",
  );
}
