import * as Action from "../../protocol/action_numbers.ts";
import type { ProtocolMessage } from "../../protocol/protocol_message.ts";
import { toErrorInfo, toWireError } from "../core/service_error.ts";
import type { ResumableConnection } from "./resumable_connection.ts";

/** The serials of accepted items, in order. */
export type Serials = readonly (string | null)[];

/** The steps of an operation that ends with an ACK. The last two run without a pause between them. */
export interface AcknowledgedWork<T> {
  /** Reads the frame; may be asynchronous. */
  read(): T | Promise<T>;
  /** Performs the operation. */
  apply(read: T): Serials;
  /** Notifies other clients, after the ACK was sent. */
  after?(): void;
}

/**
 * Responds to a frame that expects an acknowledgement: with ACK or NACK. For a frame that was handled before, it repeats the
 * first response (RTN7).
 */
export function acknowledge(
  connection: ResumableConnection,
  frame: ProtocolMessage,
  work: () => Serials | Promise<Serials>,
): void | Promise<void> {
  return acknowledgeSteps(connection, frame, { read: work, apply: (serials) => serials });
}

/** The same, for operations that notify other clients only after the ACK. */
export function acknowledgeSteps<T>(
  connection: ResumableConnection,
  frame: ProtocolMessage,
  work: AcknowledgedWork<T>,
): void | Promise<void> {
  const { msgSerial } = frame;
  const earlier = msgSerial === undefined ? undefined : connection.outcome(msgSerial);
  if (earlier !== undefined) return connection.send(earlier);
  // The frame came over the last transport and is still being read. Its response will go over the current transport.
  const answer = msgSerial === undefined ? undefined : connection.pendingAnswer(msgSerial);
  if (answer !== undefined) return answer;
  const settle = (outcome: ProtocolMessage) => connection.settle(msgSerial ?? 0, outcome);
  const refuse = (thrown: unknown) => settle(nack(msgSerial, thrown));
  const finish = (read: T) => {
    try {
      settle(ack(msgSerial, work.apply(read)));
    } catch (thrown) {
      return refuse(thrown);
    }
    work.after?.();
  };
  try {
    const read = work.read();
    if (!(read instanceof Promise)) return finish(read);
    const answer = read.then(finish, refuse);
    if (msgSerial !== undefined) connection.awaitAnswer(msgSerial, answer);
    return answer;
  } catch (thrown) {
    refuse(thrown);
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
