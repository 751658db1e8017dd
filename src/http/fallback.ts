import type { Clock } from "../util/clock.ts";
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

/** Chooses the hosts to try, and remembers the one that worked last (RSC15). All requests of a client share it. */
export class HostChooser {
  readonly #options: FallbackOptions;
  #remembered: { host: string; expires: number } | null = null;
  #preferred: string | null = null;
  /** Increased when the remembered host is forgotten, so that earlier requests cannot restore it. */
  #epoch = 0;

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
    const lastStart = clock.now() + httpMaxRetryDuration;
    let sequence = first;
    let index = 0;
    let epoch = this.#epoch;
    const hasNext = () => {
      if (clock.now() >= lastStart) return false;
      if (sequence === first && index + 1 === first.length) {
        const others = hosts.fallbacks.filter((host) => !first.includes(host));
        sequence = [...first, ...shuffled(others, random).slice(0, httpMaxRetryCount)]; // RSC15a
      }
      return index + 1 < sequence.length;
    };
    return {
      // Functions, because an object with getters takes 2 µs to make.
      host: () => sequence[index]!,
      tried: () => hostsTried(sequence[0]!, index),
      succeeded: () => {
        // Using the remembered host does not prolong its time, and a request that began before it was forgotten does not
        // restore it.
        const host = sequence[index]!;
        if (host !== remembered && epoch === this.#epoch) this.#remember(host);
      },
      failed: () => {
        if (sequence[index] !== this.#remembered?.host) return;
        this.#forget();
        epoch = this.#epoch; // Count only results of requests that began under the current choice.
      },
      hasNext,
      next: () => hasNext() && ++index > 0,
    };
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
    if (this.#remembered) this.#epoch++;
    this.#remembered = null;
  }
}

/** The hosts of one request, from the first try to the last. */
export interface HostSequence {
  /** The host to try. */
  host(): string;
  /** The hosts tried so far, as text. */
  tried(): string;
  /** Records that the host responded, even with an error that is not the host's own. */
  succeeded(): void;
  /** Records that the host failed. */
  failed(): void;
  /** True if another host is left, and time to try it (RSC15a, TO3l6). Most requests need no fallback hosts. */
  hasNext(): boolean;
  /** Moves to the next host, if there is one. */
  next(): boolean;
}
