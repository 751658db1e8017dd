import type { ErrorInfo } from "../../errors.ts";
import type { Limits } from "../../http/limits.ts";
import type { ProtocolMessage } from "../../protocol/protocol_message.ts";
import type { Clock } from "../../util/clock.ts";
import { Timers } from "../../util/timers.ts";
import { unacknowledged, unsendable } from "./connection_errors.ts";
import { PendingMessages, type Submission } from "./pending_messages.ts";

/** The dependencies of an outbox. */
interface OutboxDependencies {
  /** The limit for the size of frames. */
  readonly limits: Pick<Limits, "maxFrameSize">;
  readonly clock: Clock;
  /** The time that an answer may take, in milliseconds. */
  readonly timeout: number;
}

/**
 * The frames that expect an answer: those that were sent (RTN7), and those that wait for a connection (RTL6c2). Each
 * of them is settled in the end: it is acknowledged, refused or failed.
 */
export class Outbox {
  readonly #send: (message: ProtocolMessage, limit?: number) => void;
  readonly #limits: Pick<Limits, "maxFrameSize">;
  readonly #clock: Clock;
  readonly #timeout: number;
  readonly #timers: Timers<"answer">;
  readonly #sent = new PendingMessages();
  #queue: Submission[] = [];
  #isOpen = false;
  #isWatching = false;

  /** @param send Sends over the transport there is; throws if the message cannot be written as a frame within the limit. */
  constructor(
    send: (message: ProtocolMessage, limit?: number) => void,
    { limits, clock, timeout }: OutboxDependencies,
  ) {
    this.#send = send;
    this.#limits = limits;
    this.#clock = clock;
    this.#timeout = timeout;
    this.#timers = new Timers(clock);
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
    submission.sentAt ??= this.#clock.now();
    this.#sent.add(submission);
    if (!this.#isWatching) this.#watch(this.#timeout);
    try {
      this.#send(submission.message, this.#limits.maxFrameSize); // TO3l9
    } catch (cause) {
      this.#sent.retract();
      submission.reject(unsendable(cause));
    }
  }

  /**
   * Sends the frames without an answer again, then the queued ones.
   *
   * @param resumed Whether the service still knows the serials (RTN19a2).
   */
  open(resumed: boolean): void {
    const again = this.#sent.resend(resumed);
    if (again.length > 0) this.#watch(this.#timeout);
    for (const message of again) this.#send(message);
    this.#isOpen = true;
    const queue = this.#queue;
    this.#queue = [];
    for (const submission of queue) this.add(submission);
  }

  /** RTN7 sets no time limit, but an answer can get lost on a connection that goes on. */
  #watch(delay: number): void {
    this.#isWatching = true;
    this.#timers.start("answer", delay, () => {
      this.#isWatching = false;
      this.#sent.expire(this.#clock.now() - this.#timeout, () => unacknowledged(this.#timeout));
      const { oldest } = this.#sent;
      if (oldest !== undefined) this.#watch(oldest + this.#timeout - this.#clock.now());
    });
  }

  #unwatch(): void {
    this.#isWatching = false;
    this.#timers.stop("answer");
  }

  /** Queues frames from now on: there is no transport. */
  shut(): void {
    this.#unwatch();
    this.#isOpen = false;
  }

  /** Fails everything that has no answer (RTN7d, RTN7e). */
  failAll(reason: ErrorInfo): void {
    const queue = this.#queue;
    this.#queue = [];
    this.#unwatch();
    this.#sent.failAll(reason);
    for (const submission of queue) submission.reject(reason);
  }
}
