import type { ErrorInfo } from "../../errors.ts";
import type { ClientContext } from "../../client/context.ts";
import type { ProtocolMessage } from "../../protocol/protocol_message.ts";
import type { Clock } from "../../util/clock.ts";
import { Timers } from "../../util/timers.ts";
import { unsendable } from "./connection_errors.ts";
import { PendingMessages, type Submission } from "./pending_messages.ts";

/** The time that Ably may take to answer a frame, in milliseconds: it remembers for that long what a connection sent. */
const ANSWER_TIMEOUT = 120_000;

/**
 * The frames that expect an answer: those that were sent (RTN7), and those that wait for a connection (RTL6c2). Each
 * of them is settled in the end: it is acknowledged, refused or failed.
 */
export class Outbox {
  /** The frames that were sent and have no answer. */
  readonly sent: PendingMessages = new PendingMessages();
  readonly #send: (frame: ProtocolMessage, limit?: number) => void;
  readonly #limits: ClientContext["limits"];
  readonly #clock: Clock;
  readonly #timers: Timers<"answer">;
  #queue: Submission[] = [];
  #isOpen = false;

  /** @param send Sends over the current transport; throws if the frame cannot be encoded within the limit. */
  constructor(
    { limits, options: { clock } }: Pick<ClientContext, "limits" | "options">,
    send: (frame: ProtocolMessage, limit?: number) => void,
  ) {
    this.#send = send;
    this.#limits = limits;
    this.#clock = clock;
    this.#timers = new Timers(clock);
  }

  /** Sends a frame now, or keeps it until {@linkcode Outbox.open}. */
  add(submission: Submission): void {
    if (!this.#isOpen) {
      this.#queue.push(submission);
      return;
    }
    submission.sentAt ??= this.#clock.now();
    this.sent.add(submission);
    if (!this.#timers.has("answer")) this.#watch(ANSWER_TIMEOUT);
    try {
      this.#send(submission.frame, this.#limits.maxFrameSize); // TO3l9
    } catch (cause) {
      this.sent.retract();
      submission.reject(unsendable(cause));
    }
  }

  /**
   * Sends the frames without an answer again, then the queued ones. On another connection Ably recognises a message only by its id
   * (RSL1k). It forgets that after the same time, so older frames fail instead of being sent again.
   *
   * @param resumed Whether the service still knows the serials (RTN19a2).
   */
  open(resumed: boolean): void {
    if (!resumed) this.#expire();
    const again = this.sent.resend(resumed);
    if (again.length > 0) this.#watch(ANSWER_TIMEOUT);
    for (const frame of again) this.#send(frame);
    this.#isOpen = true;
    const queue = this.#queue;
    this.#queue = [];
    for (const submission of queue) this.add(submission);
  }

  /** RTN7 sets no time limit, but an answer can get lost on a connection that continues. */
  #watch(delay: number): void {
    this.#timers.start("answer", delay, () => {
      this.#expire();
      const { oldest } = this.sent;
      if (oldest !== undefined) this.#watch(oldest + ANSWER_TIMEOUT - this.#clock.now());
    });
  }

  #expire(): void {
    this.sent.expire(this.#clock.now(), ANSWER_TIMEOUT);
  }

  /** Queues frames from now on: there is no transport. */
  shut(): void {
    this.#timers.stop("answer");
    this.#isOpen = false;
  }

  /** Fails everything that has no answer (RTN7d, RTN7e). */
  failAll(reason: ErrorInfo): void {
    const queue = this.#queue;
    this.#queue = [];
    this.#timers.stop("answer");
    this.sent.failAll(reason);
    for (const submission of queue) submission.reject(reason);
  }
}
