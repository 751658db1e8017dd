import { Action } from "../../protocol/actions.ts";
import type { ProtocolMessage } from "../../protocol/protocol_message.ts";
import { toErrorInfo, toWireError } from "../core/service_error.ts";
import type { Connection } from "./client_connection.ts";

/** The serials of what was accepted, in order. */
export type Serials = readonly (string | null)[];

/** Answers a message that wants an acknowledgement: with ACK, with NACK, or as the first time (RTN7). */
export function acknowledge(
  connection: Connection,
  message: ProtocolMessage,
  work: () => Serials | Promise<Serials>,
): void | Promise<void> {
  const { msgSerial } = message;
  const earlier = msgSerial === undefined ? undefined : connection.outcome(msgSerial);
  if (earlier !== undefined) return connection.send(earlier);
  const settle = (outcome: ProtocolMessage) => connection.settle(msgSerial ?? 0, outcome);
  try {
    const serials = work();
    if (!(serials instanceof Promise)) return settle(ack(msgSerial, serials));
    return serials.then(
      (serials) => settle(ack(msgSerial, serials)),
      (thrown) => settle(nack(msgSerial, thrown)),
    );
  } catch (thrown) {
    settle(nack(msgSerial, thrown));
  }
}

function ack(msgSerial: number | undefined, serials: Serials): ProtocolMessage {
  return {
    action: Action.Ack,
    msgSerial: msgSerial ?? 0,
    count: 1,
    res: [{ serials: [...serials] }],
  };
}

function nack(msgSerial: number | undefined, thrown: unknown): ProtocolMessage {
  const error = toWireError(toErrorInfo(thrown));
  return { action: Action.Nack, msgSerial: msgSerial ?? 0, count: 1, error };
}
