import type { ClientContext } from "../../client/context.ts";
import { errorFromWire, type ErrorInfo } from "../../errors.ts";
import type { ConnectionDetails, ProtocolMessage } from "../../protocol/protocol_message.ts";
import { withoutNulls } from "../../util/copy.ts";
import { RateLimit } from "../../util/rate_limit.ts";
import type {
  AuthMeans,
  ConnectionMachine,
  ConnectionStatus,
  Failure,
  Session,
} from "./connection_state.ts";

/**
 * The number of connections that may be lost in a row, and the time after which one more may. Reconnecting at once, as RTN15a
 * asks, would otherwise loop, for example between two clients that recovered the same connection.
 */
const LOSSES = { burst: 5, refill: 2_000 };

/**
 * Makes inputs of the connection's state machine from frames and failures, and passes them on. Knows the details of the connection
 * that the service sent last (RTN21), and sets the limits of messages that follow from them.
 */
export class ConnectionInputs {
  readonly #context: ClientContext;
  readonly #machine: ConnectionMachine;
  readonly #losses: RateLimit;
  #details: ConnectionDetails = {};

  constructor(context: ClientContext, machine: ConnectionMachine) {
    this.#context = context;
    this.#machine = machine;
    this.#losses = new RateLimit(context.options.clock, LOSSES);
  }

  /** The details of the connection. */
  get details(): Readonly<ConnectionDetails> {
    return this.#details;
  }

  /** Forgets the details. */
  clear(): void {
    this.#adopt({});
  }

  /** Handles CONNECTED. It is a failure if its clientId makes the connection unusable (RSA15c). */
  connected(frame: ProtocolMessage, type: "opened" | "updated"): void {
    const { connectionDetails } = frame;
    if (connectionDetails != null) { // RTC4a
      const kept = type === "updated" ? this.#details : undefined; // RTN24
      this.#adopt({ ...kept, ...withoutNulls(connectionDetails) });
      try {
        this.#context.credentials.confirmClientId(this.#details.clientId); // CD2a
      } catch (error) {
        return this.failed({ kind: "fatal", reason: error as ErrorInfo });
      }
    }
    const error = frame.error == null ? undefined : errorFromWire(frame.error);
    this.#machine.dispatch({ type, session: sessionOf(frame, this.#machine.status), error });
  }

  /** Handles a failed attempt (RTN14) or a lost connection (RTN15). */
  failed(failure: Failure): void {
    this.#machine.dispatch({
      type: "failed",
      ...failure,
      auth: this.#authMeans,
      // Only the end of a connection counts.
      lostTooOften: this.#machine.status.name === "connected" && this.#losses.note() > 0,
    });
  }

  #adopt(details: ConnectionDetails): void {
    const { limits, options } = this.#context;
    this.#details = details;
    limits.maxMessageSize = details.maxMessageSize ?? options.maxMessageSize; // CD2c
    limits.maxFrameSize = details.maxFrameSize ?? options.maxFrameSize; // CD2d
  }

  get #authMeans(): AuthMeans {
    const { canRenew, method } = this.#context.credentials;
    if (method === "basic") return "key";
    return canRenew ? "renewableToken" : "fixedToken";
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
