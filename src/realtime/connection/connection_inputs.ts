import type { ClientContext } from "../../client/context.ts";
import { errorFromWire, type ErrorInfo } from "../../errors.ts";
import type { ProtocolMessage } from "../../protocol/protocol_message.ts";
import type {
  AuthMeans,
  ConnectionInput,
  ConnectionStatus,
  Failure,
  Session,
} from "./connection_state.ts";
import type { KnownDetails } from "./known_details.ts";
import { LossLimit } from "./loss_limit.ts";

/** The state that inputs are made from, besides frames and failures. */
interface InputDependencies {
  readonly details: KnownDetails;
  status(): ConnectionStatus;
}

/** Makes inputs of the connection's state machine from frames and failures. */
export class ConnectionInputs {
  readonly #context: ClientContext;
  readonly #deps: InputDependencies;
  readonly #losses: LossLimit;

  constructor(context: ClientContext, deps: InputDependencies) {
    this.#context = context;
    this.#deps = deps;
    this.#losses = new LossLimit(context.options.clock);
  }

  /** The input for a CONNECTED: a failure if its clientId makes the connection unusable (RSA15c). */
  connected(frame: ProtocolMessage, type: "opened" | "updated"): ConnectionInput {
    const { details, status } = this.#deps;
    try {
      details.adopt(frame.connectionDetails, type === "updated");
    } catch (error) {
      return this.failed({ kind: "fatal", reason: error as ErrorInfo });
    }
    return { type, session: sessionOf(frame, status()), error: errorOf(frame) };
  }

  /** The input for a CLOSED. */
  closed(frame: ProtocolMessage): ConnectionInput {
    return { type: "closed", reason: errorOf(frame), lostTooOften: this.#hasLostTooOften() };
  }

  /** The input for a failed attempt (RTN14) or a lost connection (RTN15). */
  failed(failure: Failure): ConnectionInput {
    return {
      type: "failed",
      ...failure,
      auth: this.#authMeans,
      lostTooOften: this.#hasLostTooOften(),
    };
  }

  get #authMeans(): AuthMeans {
    const { canRenew, method } = this.#context.credentials;
    if (method === "basic") return "key";
    return canRenew ? "renewableToken" : "fixedToken";
  }

  /** Records the end of a connection, if there was one. */
  #hasLostTooOften(): boolean {
    return this.#deps.status().name === "connected" && this.#losses.record();
  }
}

/** The session of a CONNECTED, completed by the one before. */
function sessionOf(
  { connectionDetails, connectionId, connectionKey }: ProtocolMessage,
  status: ConnectionStatus,
): Session {
  const before = "session" in status ? status.session : null;
  return {
    id: connectionId ?? before?.id ?? null,
    key: connectionDetails?.connectionKey ?? connectionKey ?? before?.key ?? null, // RTN15e
  };
}

function errorOf({ error }: ProtocolMessage): ErrorInfo | undefined {
  return error == null ? undefined : errorFromWire(error);
}
