import type { ProtocolMessage } from "../../protocol/protocol_message.ts";
import { admit } from "../auth/presented_credentials.ts";
import { ServiceCode, serviceError, toErrorInfo } from "../core/service_error.ts";
import type { ServiceCore } from "../service/service_core.ts";
import type { ResumableConnection } from "./resumable_connection.ts";
import { regrantModes } from "./attach_frames.ts";
import { connected } from "./connection_request.ts";

/** Handles AUTH: the connection continues with another token (RTC8). */
export async function reauthenticate(
  core: ServiceCore,
  connection: ResumableConnection,
  frame: ProtocolMessage,
): Promise<void> {
  const { socket } = connection;
  const isOver = () => socket === undefined || connection.socket !== socket;
  try {
    const token = frame.auth?.accessToken;
    if (typeof token !== "string") {
      throw serviceError(ServiceCode.NoCredentials, "The AUTH message has no token");
    }
    const { app, grant } = await admit(core.apps, { token });
    if (isOver()) return; // If the client has reconnected, it has presented credentials again.
    if (app !== connection.app) throw incompatible("The token belongs to another app");
    const named = connection.grant.clientId;
    const keeps = named === undefined || grant.clientId === named || grant.wildcard;
    if (!keeps) throw incompatible("The token is for another clientId");
    connection.setGrant(
      grant.wildcard && named !== undefined ? { ...grant, clientId: named } : grant,
    );
    connection.send(connected(connection));
    regrantModes(connection);
  } catch (thrown) {
    if (isOver()) return;
    const error = toErrorInfo(thrown);
    const renewable = error.code === ServiceCode.TokenExpired ||
      error.code === ServiceCode.TokenRevoked;
    if (renewable) connection.disconnect(error);
    else connection.fail(error);
  }
}

function incompatible(message: string): Error {
  return serviceError(ServiceCode.IncompatibleCredentials, message);
}
