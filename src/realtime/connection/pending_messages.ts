import type { ErrorInfo } from "../../errors.ts";
import type { ProtocolMessage } from "../../protocol/protocol_message.ts";
import { passedOver, unacknowledged } from "./connection_errors.ts";

/**
 * The serials that the service gave to the messages of one frame; `null` for one that the service discarded by a rule (PBR2a).
 */
export type Serials = (string | null)[];

/** A frame that expects an answer, and the functions that settle it (RTN7a). */
export interface Submission {
  readonly frame: ProtocolMessage;
  readonly resolve: (serials: Serials) => void;
  readonly reject: (reason: ErrorInfo) => void;
  /** When it was sent first, in milliseconds since the Unix epoch; absent before. */
  sentAt?: number;
}

/**
 * The frames that were sent and not yet answered, in the order of their serials (RTN7b). Serials are consecutive, so
 * that an answer finds its frame by position.
 */
export class PendingMessages {
  #submissions: Submission[] = [];
  /** The number of submissions at the front that are answered; they are removed in batches, not one by one. */
  #answered = 0;
  #nextSerial = 0;

  /** The serial of the next frame. */
  get nextSerial(): number {
    return this.#nextSerial;
  }

  /** Continues the serials of a recovered connection (RTN16f), or starts anew (RTN11d). */
  resetSerial(serial = 0): void {
    this.#nextSerial = serial;
  }

  /** Gives a frame its serial and waits for the answer. */
  add(submission: Submission): void {
    submission.frame.msgSerial = this.#nextSerial++;
    this.#submissions.push(submission);
  }

  /** Takes back the frame that was added last: it could not be sent, so its serial is free again. */
  retract(): void {
    this.#submissions.pop();
    this.#nextSerial--;
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

  /** The time at which the oldest frame was sent; absent without frames. */
  get oldest(): number | undefined {
    return this.#submissions[this.#answered]?.sentAt;
  }

  /**
   * Fails what was sent too long ago. An answer that comes later is passed over.
   *
   * @param now The current time. A frame that was sent later than that was sent before the clock was set back, and counts from now.
   * @param timeout The time that an answer may take, in milliseconds.
   */
  expire(now: number, timeout: number): void {
    let late: number | undefined;
    for (const submission of this.#submissions.slice(this.#answered)) {
      submission.sentAt = Math.min(submission.sentAt!, now);
      if (submission.sentAt <= now - timeout) late = submission.frame.msgSerial;
    }
    if (late === undefined) return;
    this.#take(late + 1).forEach(({ reject }) => reject(unacknowledged(timeout)));
  }

  /** Fails everything (RTN7d, RTN7e). */
  failAll(reason: ErrorInfo): void {
    this.#take(Infinity).forEach((submission) => submission.reject(reason));
  }

  /**
   * The frames to send again over a new transport (RTN19a).
   *
   * @param resumed Whether the serials still mean something to the service; if not, they start from 0 (RTN19a2).
   */
  resend(resumed: boolean): ProtocolMessage[] {
    const submissions = this.#take(Infinity);
    if (!resumed) this.#nextSerial = 0;
    else this.#nextSerial -= submissions.length;
    submissions.forEach((submission) => this.add(submission));
    return submissions.map((submission) => submission.frame);
  }

  #firstSerial(): number | undefined {
    return this.#submissions[this.#answered]?.frame.msgSerial;
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

  /** Removes and returns the submissions with serials below the limit. */
  #take(limit: number): readonly Submission[] {
    const first = this.#firstSerial();
    if (first === undefined || first >= limit) return NO_SUBMISSIONS;
    const end = Math.min(this.#answered + limit - first, this.#submissions.length);
    const taken = this.#submissions.slice(this.#answered, end);
    this.#answered = end;
    if (this.#answered === this.#submissions.length || this.#answered > 512) {
      this.#submissions = this.#submissions.slice(this.#answered);
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
