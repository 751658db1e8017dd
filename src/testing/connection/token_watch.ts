import type { Clock, Timer } from "../../util/clock.ts";
import type { Grant } from "../auth/grant.ts";
import type { LiveConnection } from "../core/connection_registry.ts";

/** The time before the expiry of a token at which the service sends AUTH, in milliseconds (RTN22). */
const NOTICE = 30_000;

/** The longest delay of a timer, in milliseconds; a device's identity token can be valid for longer. */
const MAX_DELAY = 2 ** 31 - 1;

/** Watches the expiry of a live connection's token. */
export class TokenWatch {
  readonly #connection: LiveConnection;
  readonly #clock: Clock;
  #notice: Timer | undefined;
  #end: Timer | undefined;

  constructor(connection: LiveConnection, clock: Clock) {
    this.#connection = connection;
    this.#clock = clock;
  }

  /** Watches another token from now on. If its lifetime is too short, the client gets no AUTH before it expires. */
  watch({ expires }: Grant, now: number): void {
    this.stop();
    if (expires === undefined) return;
    const left = expires - now;
    if (left > MAX_DELAY) return;
    this.#end = this.#clock.setTimeout(() => this.#connection.expireToken(), Math.max(0, left));
    if (left > NOTICE) {
      this.#notice = this.#clock.setTimeout(() => this.#connection.inviteAuth(), left - NOTICE);
    }
  }

  stop(): void {
    for (const timer of [this.#notice, this.#end]) {
      if (timer !== undefined) this.#clock.clearTimeout(timer);
    }
    this.#notice = this.#end = undefined;
  }
}
