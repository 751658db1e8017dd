import type { ErrorInfo } from "../../errors.ts";
import type { ClientContext } from "../../client/context.ts";
import type { ProtocolMessage } from "../../protocol/protocol_message.ts";
import type { Clock } from "../../util/clock.ts";
import { Timers } from "../../util/timers.ts";
import { passedOver, unacknowledged, unsendable } from "./connection_errors.ts";

/** The time that Ably may take to answer a frame, in milliseconds: it remembers for that long what a connection sent. */
const ANSWER_TIMEOUT = 120_000;

/**
 * The serials that the service gave to the messages of one frame; `null` for one that the service discarded by a rule (PBR2a).
 */
export type Serials = (string | null)[];

/** A frame that expects an answer, and the functions that settle it (RTN7a). */
export interface Submission {
  readonly frame: ProtocolMessage;
  readonly resolve: (serials: Serials) => void;
  readonly reject: (reason: ErrorInfo) => void;
  /** The time at which it was first sent, in milliseconds since the Unix epoch; absent before. */
  sentAt?: number;
}

/**
 * The frames that expect an answer: those that were sent (RTN7), and those that wait for a connection (RTL6c2). Each
 * of them is settled in the end: it is acknowledged, refused or failed.
 */
export class Outbox {
  readonly #send: (frame: ProtocolMessage, limit?: number) => void;
  readonly #limits: ClientContext["limits"];
  readonly #clock: Clock;
  readonly #timers: Timers<"answer">;
  /**
   * The frames that were sent, in the order of their serials (RTN7b). Serials are consecutive, so that an answer finds its frame by
   * position.
   */
  #sent: Submission[] = [];
  /** The number of frames at the front of those sent that are answered; they are removed in batches, not one by one. */
  #answered = 0;
  /** The serial of the next frame. */
  #nextSerial = 0;
  /** The frames that wait for a connection. */
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

  /** The serial of the next frame. */
  get nextSerial(): number {
    return this.#nextSerial;
  }

  /** Continues the serials of a recovered connection (RTN16f), or starts anew (RTN11d). */
  resetSerial(serial = 0): void {
    this.#nextSerial = serial;
  }

  /** Sends a frame now, or keeps it until {@linkcode Outbox.open}. */
  add(submission: Submission): void {
    if (!this.#isOpen) {
      this.#queue.push(submission);
      return;
    }
    submission.sentAt ??= this.#clock.now();
    this.#number(submission);
    if (!this.#timers.has("answer")) this.#watch(ANSWER_TIMEOUT);
    try {
      this.#send(submission.frame, this.#limits.maxFrameSize); // TO3l9
    } catch (cause) {
      this.#sent.pop();
      this.#nextSerial--; // It was not sent, so its serial is free again.
      submission.reject(unsendable(cause));
    }
  }

  /** Settles what an ACK answers. */
  acknowledge(serial: number, count: number, results: ProtocolMessage["res"]): void {
    for (const { frame, resolve } of this.#takeAnswered(serial, count)) {
      resolve(serialsOf(results?.[frame.msgSerial! - serial]));
    }
  }

  /** Fails what a NACK answers. */
  refuse(serial: number, count: number, reason: ErrorInfo): void {
    for (const { reject } of this.#takeAnswered(serial, count)) reject(reason);
  }

  /**
   * Sends the frames without an answer again, then the queued ones (RTN19a). On another connection Ably recognises a message only by
   * its id (RSL1k). It forgets that after the same time, so older frames fail instead of being sent again.
   *
   * @param resumed Whether the serials still mean something to the service; if not, they start from 0 (RTN19a2).
   */
  open(resumed: boolean): void {
    if (!resumed) this.#expire();
    const again = this.#take(Infinity);
    if (!resumed) this.#nextSerial = 0;
    else this.#nextSerial -= again.length;
    for (const submission of again) this.#number(submission);
    if (again.length > 0) this.#watch(ANSWER_TIMEOUT);
    for (const { frame } of again) this.#send(frame);
    this.#isOpen = true;
    const queue = this.#queue;
    this.#queue = [];
    for (const submission of queue) this.add(submission);
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
    for (const { reject } of [...this.#take(Infinity), ...queue]) reject(reason);
  }

  /** Gives a frame its serial and waits for the answer. */
  #number(submission: Submission): void {
    submission.frame.msgSerial = this.#nextSerial++;
    this.#sent.push(submission);
  }

  /** RTN7 sets no time limit, but an answer can get lost on a connection that continues. */
  #watch(delay: number): void {
    this.#timers.start("answer", delay, () => {
      this.#expire();
      const oldest = this.#sent[this.#answered]?.sentAt;
      if (oldest !== undefined) this.#watch(oldest + ANSWER_TIMEOUT - this.#clock.now());
    });
  }

  /** Fails what was sent too long ago. An answer that comes later is passed over. */
  #expire(): void {
    const now = this.#clock.now();
    let late: number | undefined;
    for (const submission of this.#sent.slice(this.#answered)) {
      // A frame that was sent later than now was sent before the clock was set back, and counts from now.
      submission.sentAt = Math.min(submission.sentAt!, now);
      if (submission.sentAt <= now - ANSWER_TIMEOUT) late = submission.frame.msgSerial;
    }
    if (late === undefined) return;
    for (const { reject } of this.#take(late + 1)) reject(unacknowledged(ANSWER_TIMEOUT));
  }

  /**
   * Removes and returns what an ACK or NACK answers; serials that are not pending are passed over. Frames before it that were never
   * answered have been lost by the service and fail.
   */
  #takeAnswered(serial: number, count: number): readonly Submission[] {
    if (serial > this.#nextSerial) return NO_SUBMISSIONS; // It was never sent, so the frames before it are still pending.
    for (const { reject } of this.#take(serial)) reject(passedOver());
    return this.#take(serial + count);
  }

  /** Removes and returns the frames with serials below the limit. */
  #take(limit: number): readonly Submission[] {
    const first = this.#sent[this.#answered]?.frame.msgSerial;
    if (first === undefined || first >= limit) return NO_SUBMISSIONS;
    const end = Math.min(this.#answered + limit - first, this.#sent.length);
    const taken = this.#sent.slice(this.#answered, end);
    this.#answered = end;
    if (this.#answered === this.#sent.length || this.#answered > 512) {
      this.#sent = this.#sent.slice(this.#answered);
      this.#answered = 0;
    }
    return taken;
  }
}

const NO_SUBMISSIONS: readonly Submission[] = [];

/** TR4s: a text or null; any other value counts as null. */
function serialsOf(result: { serials?: unknown } | null | undefined): Serials {
  const serials: unknown = result?.serials;
  if (!Array.isArray(serials)) return [];
  return serials.map((serial: unknown) => typeof serial === "string" ? serial : null);
}
