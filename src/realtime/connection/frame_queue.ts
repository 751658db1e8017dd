import * as Action from "../../protocol/action_numbers.ts";
import type { ProtocolMessage } from "../../protocol/protocol_message.ts";

/**
 * The number of promise jobs that may run between a frame that settles a call and the next frame. Each async function between the
 * client and the code that waits takes one to three of them. Jobs, not a timer: timers are slowed down in hidden browser
 * tabs, cost a millisecond, and stand still under a clock that tests move by hand. All of them take under two microseconds.
 */
const JOBS = 64;

/** Frames that settle no call; iterators, which do wait for some, call {@linkcode FrameQueue.hold}. */
const PLAIN = table(
  Action.Message,
  Action.Presence,
  Action.Annotation,
  Action.Object,
  Action.Auth,
);

/** Frames that settle calls made before, and that no listener can miss. */
const ANSWERS = table(Action.Ack, Action.Nack, Action.Heartbeat);

/**
 * Hands frames on in their order. After a frame that settles a call, such as ATTACHED, the code that waited for it runs
 * before the next frame is handled, so that a listener which it adds receives what that frame brings. Runtimes differ in
 * this: some deliver all frames of one network packet without running promise jobs between them.
 *
 * Frames that settle nothing pass at once, without a promise.
 */
export class FrameQueue {
  readonly #handle: (frame: ProtocolMessage) => void;
  #held: ProtocolMessage[] = [];
  /** The number of held frames that are handled already. */
  #next = 0;
  /** The number of promise jobs that the next frame still waits for. */
  #jobs = 0;
  /** Counts the calls of {@linkcode hold}. */
  #holds = 0;
  /** Whether an answer has passed since: the jobs are counted when another frame comes, so that answers in a row cost nothing. */
  #hasAnswered = false;
  #end: (() => void) | undefined;

  /** @param handle Handles a frame; must not throw. */
  constructor(handle: (frame: ProtocolMessage) => void) {
    this.#handle = handle;
  }

  /** Hands on a frame, at once unless earlier ones wait or have just settled a call. */
  push(frame: ProtocolMessage): void {
    if (this.#next === this.#held.length && this.#mayPass(frame)) return this.#pass(frame);
    this.#held.push(frame);
    if (this.#jobs === 0) this.hold();
  }

  /**
   * Holds back later frames until the code that awaited a call has run.
   *
   * @returns A function to call if that code is known to have run, for example because an iterator is asked for the next item.
   */
  hold(): () => void {
    const isCounting = this.#jobs > 0;
    const hold = ++this.#holds;
    this.#jobs = JOBS;
    if (isCounting) return () => {};
    queueMicrotask(this.#count);
    return () => {
      if (hold === this.#holds && this.#jobs > 0) this.#jobs = 1;
    };
  }

  /** Calls back after the last frame. */
  end(callback: () => void): void {
    this.#end = callback;
    if (this.#hasAnswered && this.#jobs === 0) this.hold();
    if (this.#jobs === 0) this.#release();
  }

  /** Forgets all frames that wait. */
  clear(): void {
    this.#held = [];
    this.#next = 0;
    this.#end = undefined;
  }

  #mayPass({ action }: ProtocolMessage): boolean {
    return this.#jobs === 0 && !this.#hasAnswered || ANSWERS[action] === true;
  }

  #pass(frame: ProtocolMessage): void {
    const { action } = frame;
    if (PLAIN[action] !== true) {
      // Set before the frame is handled, so that frames which arrive meanwhile wait, too.
      if (ANSWERS[action] === true && this.#jobs === 0) this.#hasAnswered = true;
      else this.hold();
    }
    this.#handle(frame);
  }

  readonly #count = (): void => {
    if (--this.#jobs > 0) queueMicrotask(this.#count);
    else {
      this.#hasAnswered = false;
      this.#release();
    }
  };

  #release(): void {
    while (this.#next < this.#held.length) {
      if (!this.#mayPass(this.#held[this.#next]!)) {
        if (this.#jobs === 0) this.hold();
        return;
      }
      this.#pass(this.#held[this.#next++]!);
    }
    const end = this.#end;
    this.clear();
    end?.();
  }
}

/** A lookup by action, in which an action that is not listed, however large, is absent. */
function table(...actions: number[]): readonly (true | undefined)[] {
  const listed: true[] = [];
  for (const action of actions) listed[action] = true;
  return listed;
}

const JOB = Promise.resolve();

/** Resolves when the code that waited for a call which is settled now has run. */
export async function afterContinuations(): Promise<void> {
  for (let job = 0; job < JOBS; job++) await JOB;
}
