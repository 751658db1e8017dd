import { GC_GRACE_PERIOD } from "../objects/collect_objects.ts";
import * as Action from "../../protocol/action_numbers.ts";
import type { ConnectionDetails, ProtocolMessage } from "../../protocol/protocol_message.ts";
import { toHex } from "../../util/hex.ts";
import { type Admission, admit, socketCredentialsOf } from "../auth/presented_credentials.ts";
import { CONNECTION_STATE_TTL } from "../core/connection_registry.ts";
import { alphanumeric } from "../core/identifiers.ts";
import { limitExceeded } from "../limits/limit_errors.ts";
import { MAX_MESSAGE_SIZE } from "../core/message_size.ts";
import { SITE_CODE } from "../core/serials.ts";
import { ServiceCode, serviceError, toErrorInfo, toWireError } from "../core/service_error.ts";
import type { ServiceCore } from "../service/service_core.ts";
import { type ConnectionOptions, ResumableConnection } from "./resumable_connection.ts";
import { type FrameSocket, MAX_FRAME_SIZE } from "./frame_socket.ts";

/** The longest silence of the service, in milliseconds (CD2h). */
export const MAX_IDLE_INTERVAL = 15_000;

const KEY_SHAPE = /^[0-9A-Za-z]{12}![0-9A-Za-z]{16}-[0-9a-f]{8}$/;

/**
 * Accepts a client on a socket and sends CONNECTED. Does nothing if the socket has closed in the meantime.
 *
 * @throws {ErrorInfo} If the credentials are not accepted.
 */
export async function connect(
  core: ServiceCore,
  url: URL,
  socket: FrameSocket,
): Promise<ResumableConnection | undefined> {
  const query = url.searchParams;
  const admission = await admitClient(core, query);
  if (!socket.open) return undefined;
  checkConnectionRate(core);
  admission.app.connections.prune(admission.app.clock.now());
  const { connection, error } = findConnection(core, query, admission);
  connection.takeSocket(socket, admission.grant);
  const { stats, connections } = admission.app;
  stats.add("connections.all.opened");
  stats.peak("connections.all.peak", connections.size);
  connection.send(connected(connection, error === undefined ? {} : { error }));
  return connection;
}

/** The CONNECTED frame, with a new connection key. */
export function connected(
  connection: ResumableConnection,
  extra: Pick<ProtocolMessage, "error"> = {},
): ProtocolMessage {
  const connectionKey = newKey(connection);
  return {
    action: Action.Connected,
    connectionId: connection.id,
    connectionKey,
    connectionDetails: detailsOf(connection, connectionKey),
    ...extra,
  };
}

/**
 * Checks that there may be another connection. Those that wait to be resumed do not count.
 *
 * @throws {ErrorInfo} 40111 if there may not.
 */
function checkConnectionCount({ apps, limits }: ServiceCore): void {
  const most = limits.connections ?? Infinity;
  if (most === Infinity) return;
  const connected = apps.values().flatMap(({ connections }) => connections.values())
    .filter(({ socket }) => socket !== undefined);
  if (connected.length >= most) throw limitExceeded(ServiceCode.ConnectionLimit, most);
}

/**
 * Checks that a client may connect now.
 *
 * @throws {ErrorInfo} 80021 if it may not.
 */
function checkConnectionRate({ limits, connectionRate, clock }: ServiceCore): void {
  if (connectionRate.take(1, clock.now())) return;
  throw limitExceeded(ServiceCode.ConnectionRate, limits.connectionRate!);
}

async function admitClient(core: ServiceCore, query: URLSearchParams): Promise<Admission> {
  try {
    return await admit(core.apps, socketCredentialsOf(query));
  } catch (thrown) {
    const error = toErrorInfo(thrown);
    // RSA4: an unknown key must not look like a missing resource.
    throw error.code === ServiceCode.NotFound && error.statusCode === 401
      ? serviceError(ServiceCode.InvalidCredentials, "The key is not known")
      : error;
  }
}

interface Found {
  connection: ResumableConnection;
  /** The reason why the connection could not be resumed (RTN15c7). */
  error?: ProtocolMessage["error"];
}

function findConnection(core: ServiceCore, query: URLSearchParams, admission: Admission): Found {
  const key = query.get("resume") ?? query.get("recover");
  const create = () => newConnection(core, query, admission);
  if (key === null || key === "") return { connection: create() };
  if (!KEY_SHAPE.test(key)) {
    const error = serviceError(ServiceCode.InvalidResumeKey, "The connection key is invalid");
    return { connection: create(), error: toWireError(error) };
  }
  const existing = admission.app.connections.byKey(key);
  if (existing === undefined) {
    refuseOtherApp(core, key);
    const error = serviceError(
      ServiceCode.ConnectionStateGone,
      "Unable to resume the connection: its state is gone",
    );
    return { connection: create(), error: toWireError(error) };
  }
  const { clientId } = existing.grant;
  if (clientId !== undefined && clientId !== admission.grant.clientId) {
    throw serviceError(
      ServiceCode.IncompatibleCredentials,
      "The connection belongs to another clientId",
    );
  }
  return { connection: existing as ResumableConnection };
}

function refuseOtherApp(core: ServiceCore, key: string): void {
  if (core.apps.values().every((app) => app.connections.byKey(key) === undefined)) return;
  throw serviceError(ServiceCode.IncompatibleCredentials, "The connection belongs to another app");
}

function newConnection(
  core: ServiceCore,
  query: URLSearchParams,
  { app, grant }: Admission,
): ResumableConnection {
  checkConnectionCount(core);
  const remain = Number(query.get("remainPresentFor") ?? NaN);
  const options: ConnectionOptions = {
    echo: query.get("echo") !== "false",
    ...(Number.isFinite(remain) && { remainPresentFor: Math.max(0, remain) }),
  };
  return new ResumableConnection(alphanumeric(core.random, 10), app, { grant, options });
}

function newKey(connection: ResumableConnection): string {
  const { app } = connection;
  const check = toHex(app.random.bytes(4));
  const key = `${alphanumeric(app.random, 12)}!${alphanumeric(app.random, 16)}-${check}`;
  app.connections.addKey(connection, key);
  return key;
}

function detailsOf(connection: ResumableConnection, connectionKey: string): ConnectionDetails {
  const { clientId, wildcard } = connection.grant;
  const { limits } = connection.app;
  const identity = clientId ?? (wildcard ? "*" : undefined);
  return {
    ...(identity !== undefined && { clientId: identity }),
    connectionKey,
    maxMessageSize: limits.maxMessageSize ?? MAX_MESSAGE_SIZE,
    maxFrameSize: MAX_FRAME_SIZE,
    maxInboundRate: limits.connectionMessageRate ?? 250,
    maxOutboundRate: limits.outboundMessageRate ?? 100,
    connectionStateTtl: CONNECTION_STATE_TTL,
    serverId: "local",
    maxIdleInterval: MAX_IDLE_INTERVAL,
    objectsGCGracePeriod: GC_GRACE_PERIOD,
    siteCode: SITE_CODE,
  };
}
