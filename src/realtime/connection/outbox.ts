import type { ErrorInfo } from "../../errors.ts";
import type { Limits } from "../../http/limits.ts";
import type { ProtocolMessage } from "../../protocol/protocol_message.ts";
import { unsendable } from "./connection_errors.ts";
import { PendingMessages, type Submission } from "./pending_messages.ts";

/**
 * The messages that expect an answer: those that were sent (RTN7), and those that wait for a connection (RTL6c2). No
 * message is ever without someone to answer it: it is acknowledged, refused, sent again or failed.
 */
export class Outbox {
  readonly #send: (message: ProtocolMessage, limit?: number) => void;
  readonly #limits: Pick<Limits, "maxFrameSize">;
  readonly #sent = new PendingMessages();
  #queue: Submission[] = [];
  #isOpen = false;

  /**
   * @param send Sends over the transport there is; throws if the message cannot be written as a frame within the limit.
   * @param limits How large frames may be.
   */
  constructor(
    send: (message: ProtocolMessage, limit?: number) => void,
    limits: Pick<Limits, "maxFrameSize">,
  ) {
    this.#send = send;
    this.#limits = limits;
  }

  /** The serials of the messages that were sent. */
  get sent(): PendingMessages {
    return this.#sent;
  }

  /** Whether messages go out at once. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Sends a message now, or keeps it until {@linkcode Outbox.open}. */
  add(submission: Submission): void {
    if (!this.#isOpen) {
      this.#queue.push(submission);
      return;
    }
    this.#sent.add(submission);
    try {
      this.#send(submission.message, this.#limits.maxFrameSize); // TO3l9
    } catch (cause) {
      this.#sent.retract();
      submission.reject(unsendable(cause));
    }
  }

  /**
   * Sends again what has no answer yet, then what waited.
   *
   * @param resumed Whether the service still knows the serials (RTN19a2).
   */
  open(resumed: boolean): void {
    for (const message of this.#sent.resend(resumed)) this.#send(message);
    this.#isOpen = true;
    const queue = this.#queue;
    this.#queue = [];
    for (const submission of queue) this.add(submission);
  }

  /** Keeps messages back from now on: there is no transport. */
  shut(): void {
    this.#isOpen = false;
  }

  /** Fails everything that has no answer (RTN7d, RTN7e). */
  failAll(reason: ErrorInfo): void {
    const queue = this.#queue;
    this.#queue = [];
    this.#sent.failAll(reason);
    for (const submission of queue) submission.reject(reason);
  }
}
