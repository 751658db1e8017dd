import type { RandomSource } from "../../util/random.ts";
import { randomId } from "../../util/random.ts";
import type { Grant } from "./grant.ts";

const MAX_TOKENS = 100_000;
const REPLAY_WINDOW = 10 * 60_000;

/** The tokens that an app has issued. Expired ones are kept, to distinguish them from unknown ones. */
export class TokenStore {
  readonly #appId: string;
  readonly #random: RandomSource;
  readonly #tokens = new Map<string, Grant>();
  readonly #used = new Map<string, number>();

  constructor(appId: string, random: RandomSource) {
    this.#appId = appId;
    this.#random = random;
  }

  /** Stores the grant of a new token, and returns it with the token. */
  issue(grant: Omit<Grant, "token">): Grant & { token: string } {
    const token = `${this.#appId}.${randomId(this.#random, 30)}`;
    const issued = { ...grant, token };
    if (this.#tokens.size >= MAX_TOKENS) this.#tokens.delete(this.#tokens.keys().next().value!);
    this.#tokens.set(token, issued);
    return issued;
  }

  /** All issued tokens. */
  all(): readonly Grant[] {
    return [...this.#tokens.values()];
  }

  /** Adds a token from a snapshot. */
  restore(grant: Grant & { token: string }): void {
    this.#tokens.set(grant.token, grant);
  }

  find(token: string): Grant | undefined {
    return this.#tokens.get(token);
  }

  /** Makes every token expire now. */
  expireAll(now: number): void {
    for (const [token, grant] of this.#tokens) {
      this.#tokens.set(token, { ...grant, expires: Math.min(grant.expires ?? now, now) });
    }
  }

  /**
   * Remembers the signed text of a token request, and returns whether it is new. The text is used, because a signature can be
   * written in several ways.
   */
  firstUse(text: string, now: number): boolean {
    for (const [old, at] of this.#used) {
      if (at >= now - REPLAY_WINDOW) break;
      this.#used.delete(old);
    }
    if (this.#used.has(text)) return false;
    this.#used.set(text, now);
    return true;
  }
}
