import { FakeClock } from "../../src/testing/mod.ts";
import type { Clock, Timer } from "../../src/util/clock.ts";

/**
 * The number of consecutive promise jobs that run before time goes on. After a frame that settles a call, a client waits for 64
 * jobs before it handles the next one.
 */
const JOBS = 160;

/** The number of tasks of the runtime that time waits for. */
const TASKS = 8;

/** The time of a simulated world. It goes on only when the world does. */
export class VirtualClock extends FakeClock {
  readonly #start: number;
  /** Called after each timer, once the promise jobs have run: a promise for what takes real time. */
  idle: () => Promise<void> | undefined | false = () => undefined;

  constructor() {
    super(undefined, { settle: () => this.#settle() });
    this.#start = this.now();
  }

  /** Milliseconds since the world began. */
  get elapsed(): number {
    return this.now() - this.#start;
  }

  /** Times are whole milliseconds, as those of runtimes. */
  override setTimeout(callback: () => void, delay: number): Timer {
    return super.setTimeout(callback, Math.ceil(delay));
  }

  /** Goes on to a time, in milliseconds since the world began. */
  advanceTo(elapsed: number): Promise<void> {
    return this.advance(Math.max(0, elapsed - this.elapsed));
  }

  async #settle(): Promise<void> {
    for (let job = 0; job < JOBS; job++) await null;
    // A limit, because some of that waits for the time itself.
    for (let turn = 0; turn < TASKS; turn++) {
      const work = this.idle();
      if (!work) return;
      await work;
    }
  }
}

/** The clock of one process of the world: it may show another time, and stands still while the process stalls. */
export class ProcessClock implements Clock {
  /** Whether the clock was set back at some time. */
  wasSetBack = false;
  /** The times of the world at which the clock was set, in milliseconds since the world began. */
  readonly turns: number[] = [];
  /** The difference of this clock from the time of the world, in milliseconds. */
  #skew = 0;
  readonly #world: VirtualClock;
  readonly #running = new Map<Timer, Timer>();
  #held: (() => void)[] | undefined;
  readonly #stalls: { readonly from: number; readonly to: number }[] = [];
  #hasEnded = false;

  constructor(world: VirtualClock) {
    this.#world = world;
  }

  now(): number {
    return this.#world.now() + this.#skew;
  }

  /** Sets the clock forward or back, by milliseconds. */
  turn(ms: number): void {
    this.#skew += ms;
    this.turns.push(this.#world.elapsed);
    if (ms < 0) this.wasSetBack = true;
  }

  /** Whether the clock ran evenly in a period: it was not set, and the process did not stall. */
  isEven(from: number, to: number): boolean {
    return !this.turns.some((at) => at >= from && at <= to) &&
      !this.#stalls.some((stall) => stall.from <= to && stall.to + 100 >= from);
  }

  /** The number of timers that are waiting. */
  get pending(): number {
    return this.#running.size;
  }

  setTimeout(callback: () => void, delay: number): Timer {
    const timer = {};
    const fire = () => {
      if (!this.#running.has(timer)) return;
      if (this.#held !== undefined) return void this.#held.push(fire);
      this.#running.delete(timer);
      callback();
    };
    this.#running.set(timer, this.#world.setTimeout(fire, delay));
    return timer;
  }

  clearTimeout(timer: Timer): void {
    this.#world.clearTimeout(this.#running.get(timer));
    this.#running.delete(timer);
  }

  /** Runs an event of the process: at once, or after its stall. */
  run(event: () => void): void {
    if (this.#held === undefined) event();
    else this.#held.push(event);
  }

  /** Whether the process stalls, or has ended. */
  get isStalled(): boolean {
    return this.#held !== undefined;
  }

  /** Stalls the process: its timers and events wait, and then follow each other closely. */
  stall(ms: number): void {
    if (this.#held !== undefined) return;
    this.#held = [];
    this.#stalls.push({ from: this.#world.elapsed, to: this.#world.elapsed + ms });
    this.#world.setTimeout(() => this.#resume(), ms);
  }

  /** Ends the process: nothing happens in it any more. */
  end(): void {
    this.#held = [];
    this.#hasEnded = true;
  }

  /** Handles one event per turn, as a runtime does. */
  #resume(): void {
    if (this.#hasEnded) return;
    const event = this.#held?.shift();
    if (event === undefined) return void (this.#held = undefined);
    const rest = this.#held!;
    this.#held = undefined;
    event();
    this.#held = rest;
    this.#world.setTimeout(() => this.#resume(), 0);
  }
}
