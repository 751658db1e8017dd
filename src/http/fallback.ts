import type { Clock } from "../util/clock.ts";
import { Epoch } from "../util/epoch.ts";
import { type RandomSource, shuffled } from "../util/random.ts";
import { type Hosts, hostsTried } from "./hosts.ts";

/** The options for choosing hosts. */
export interface FallbackOptions {
  /** All hosts. */
  hosts: Hosts;
  /** The number of fallback hosts that one request may try (TO3l5). */
  httpMaxRetryCount: number;
  /** The time after which a request tries no further host, in milliseconds (TO3l6). */
  httpMaxRetryDuration: number;
  /** The time to stay with a fallback host that worked, in milliseconds (TO3l10). */
  fallbackRetryTimeout: number;
  /** The clock. */
  clock: Clock;
  /** Determines the order of fallback hosts. */
  random: RandomSource;
}

interface Remembered {
  host: string;
  expires: number;
}

/** Chooses the hosts to try, and remembers the one that worked last (RSC15). All requests of a client share it. */
export class HostChooser {
  readonly #options: FallbackOptions;
  #remembered: Remembered | null = null;
  #preferred: string | null = null;
  /** Increased when the remembered host is forgotten, so that earlier requests cannot restore it. */
  readonly #epoch = new Epoch();

  /** @param options The hosts, and the rules for the choice. */
  constructor(options: FallbackOptions) {
    this.#options = options;
  }

  /**
   * Makes requests start at the host of the realtime connection, or, with null, ends that (RTN17e).
   *
   * @param host The host of the connection; the primary one counts as null.
   */
  prefer(host: string | null): void {
    const { hosts } = this.#options;
    const preferred = host === hosts.primary ? null : host;
    // The connection is newer evidence than a remembered request, which may be ten minutes old.
    if (preferred !== null && preferred !== this.#preferred) this.#forget();
    this.#preferred = preferred;
  }

  /** Starts a sequence of hosts for one request. */
  begin(): HostSequence {
    const { hosts, random, clock, httpMaxRetryCount, httpMaxRetryDuration } = this.#options;
    const remembered = this.#current();
    const start = this.#preferred ?? hosts.primary; // RSC25
    // RSC15f: when the remembered host fails, the sequence starts from the beginning.
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
        // Using the remembered host does not prolong its time, and a request that began before it was forgotten does not
        // restore it.
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
  /** The hosts after the first ones. A function, because most requests need none of them. */
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

  /** The hosts tried so far, as text. */
  get tried(): string {
    return hostsTried(this.#hosts[0]!, this.#index);
  }

  /** Records that the host responded, even with an error that is not the host's own. */
  succeeded(): void {
    this.#hooks.succeeded(this.host);
  }

  /** Records that the host failed. */
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

  /** Moves to the next host, if there is one. */
  next(): boolean {
    const { hasNext } = this;
    if (hasNext) this.#index++;
    return hasNext;
  }
}
