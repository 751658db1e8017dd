import type { Clock } from "../util/clock.ts";
import { Epoch } from "../util/epoch.ts";
import { type RandomSource, shuffled } from "../util/random.ts";
import type { Hosts } from "./hosts.ts";

/** The options for choosing hosts. */
export interface FallbackOptions {
  /** The hosts there are. */
  hosts: Hosts;
  /** The number of fallback hosts that one request may try (TO3l5). */
  httpMaxRetryCount: number;
  /** After how many milliseconds a request tries no further host (TO3l6). */
  httpMaxRetryDuration: number;
  /** The time to stay with a fallback host that worked, in milliseconds (TO3l10). */
  fallbackRetryTimeout: number;
  /** The clock. */
  clock: Clock;
  /** Decides on the order of fallback hosts. */
  random: RandomSource;
}

interface Remembered {
  host: string;
  expires: number;
}

/** Knows which hosts to try, and which one worked last (RSC15). One for all requests of a client. */
export class HostChooser {
  readonly #options: FallbackOptions;
  #remembered: Remembered | null = null;
  #preferred: string | null = null;
  /** The next one begins when a host is forgotten, so that earlier requests cannot bring it back. */
  readonly #epoch = new Epoch();

  /** @param options What the choice depends on. */
  constructor(options: FallbackOptions) {
    this.#options = options;
  }

  /**
   * Makes requests start at the host that a realtime connection uses, or, with null, no longer (RTN17e).
   *
   * @param host The host of the connection; the primary one counts as null.
   */
  prefer(host: string | null): void {
    const { hosts } = this.#options;
    const preferred = host === hosts.primary ? null : host;
    // The connection is fresher evidence than a request of up to ten minutes ago.
    if (preferred !== null && preferred !== this.#preferred) this.#forget();
    this.#preferred = preferred;
  }

  /** Begins the hosts of one request. */
  begin(): HostSequence {
    const { hosts, random, clock, httpMaxRetryCount, httpMaxRetryDuration } = this.#options;
    const remembered = this.#current();
    const start = this.#preferred ?? hosts.primary; // RSC25
    // RSC15f: when a remembered host fails, the sequence begins from scratch.
    const first = remembered === null || remembered === start ? [start] : [remembered, start];
    let epoch = this.#epoch.current;
    return new HostSequence(first, {
      fallbacks: () =>
        // RSC15a
        shuffled(hosts.fallbacks.filter((host) => !first.includes(host)), random)
          .slice(0, httpMaxRetryCount),
      lastStart: clock.now() + httpMaxRetryDuration,
      clock,
      succeeded: (host) => {
        // A use of the remembered host does not prolong it, and one that began before it was forgotten does not revive it.
        if (host !== remembered && epoch === this.#epoch.current) this.#remember(host);
      },
      failed: (host) => {
        if (host !== this.#remembered?.host) return;
        this.#forget();
        epoch = this.#epoch.current; // Count only results of requests that began under the current choice.
      },
    });
  }

  #remember(host: string): void {
    const { clock, fallbackRetryTimeout, hosts } = this.#options;
    if (hosts.primary === host || this.#preferred === host || this.#current() !== null) return;
    this.#remembered = { host, expires: clock.now() + fallbackRetryTimeout };
  }

  #current(): string | null {
    if (this.#remembered && this.#options.clock.now() >= this.#remembered.expires) this.#forget();
    return this.#remembered?.host ?? null;
  }

  #forget(): void {
    if (this.#remembered) this.#epoch.next();
    this.#remembered = null;
  }
}

interface SequenceHooks {
  clock: Clock;
  /** The hosts after the first ones. Most requests need none. */
  fallbacks(): string[];
  lastStart: number;
  succeeded(host: string): void;
  failed(host: string): void;
}

/** The hosts of one request, from the first try to the last. */
export class HostSequence {
  readonly #hooks: SequenceHooks;
  #hosts: readonly string[];
  #isComplete = false;
  #index = 0;

  /**
   * @param first The hosts to try first, in order.
   * @param hooks The other hosts, and the callbacks for their results.
   */
  constructor(first: readonly string[], hooks: SequenceHooks) {
    this.#hosts = first;
    this.#hooks = hooks;
  }

  /** The host to try. */
  get host(): string {
    return this.#hosts[this.#index]!;
  }

  /** Records that the host answered, with anything but a failure of its own. */
  succeeded(): void {
    this.#hooks.succeeded(this.host);
  }

  /** Says that the host failed. */
  failed(): void {
    this.#hooks.failed(this.host);
  }

  /** Whether there is another host, and time to try it (RSC15a, TO3l6). */
  get hasNext(): boolean {
    const { clock, lastStart, fallbacks } = this.#hooks;
    if (clock.now() >= lastStart) return false;
    if (!this.#isComplete && this.#index + 1 === this.#hosts.length) {
      this.#hosts = [...this.#hosts, ...fallbacks()];
      this.#isComplete = true;
    }
    return this.#index + 1 < this.#hosts.length;
  }

  /** Moves on to the next host, if there is one. */
  next(): boolean {
    const { hasNext } = this;
    if (hasNext) this.#index++;
    return hasNext;
  }
}
