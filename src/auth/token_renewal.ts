import type { TokenDetails } from "../token/token_details.ts";
import { type JoinTimeout, SharedCalls } from "./shared_call.ts";

/**
 * Gets a token.
 *
 * @param givenUp Aborts when no caller waits any more.
 * @param isOvertaken Whether `authorize()` was called after this call had begun. If so, the token must not be stored.
 */
export type GetToken = (givenUp: AbortSignal, isOvertaken: () => boolean) => Promise<TokenDetails>;

/**
 * The calls for a client's next token. Callers that need a token at the same time share one call. A caller is in one of four
 * situations:
 *
 * 1. First caller: it starts the call, and waits for the result without a limit.
 * 2. Joiner: a call is in progress. The joiner waits for the same token or the same error.
 * 3. Joiner whose starter ended: on Workers, a call ends without a result when the request that started it ends. The joiner
 *    detects that, or its wait times out. It takes the token that another caller got in the meantime; without one, it begins
 *    again in situation 1 or 2.
 * 4. Overtaken by `authorize()`, which starts a call of its own that later callers join. The token of the older call is not
 *    stored: the callers that wait for it get the token that `authorize()` gets.
 */
export class TokenRenewal {
  readonly #calls: SharedCalls<TokenDetails>;
  /** The number of calls of `authorize()`. */
  #epoch = 0;

  /** @param joinTimeout The time that a joiner waits. */
  constructor(joinTimeout: JoinTimeout) {
    this.#calls = new SharedCalls(joinTimeout);
  }

  /**
   * Starts a call, or joins the one in progress.
   *
   * @param get Gets the token, for the first caller.
   * @param retry Gets the token for a joiner whose starter ended.
   * @param signal Ends the wait of this caller.
   */
  share(
    get: GetToken,
    retry: () => Promise<TokenDetails>,
    signal?: AbortSignal | null,
  ): Promise<TokenDetails> {
    return this.#calls.share(this.#inThisEpoch(get), retry, signal);
  }

  /** Starts a call that overtakes the one in progress, for `authorize()`. */
  overtake(get: GetToken, signal?: AbortSignal | null): Promise<TokenDetails> {
    this.#epoch++;
    return this.#calls.start(this.#inThisEpoch(get), signal);
  }

  #inThisEpoch(get: GetToken): (givenUp: AbortSignal) => Promise<TokenDetails> {
    const begun = this.#epoch;
    return (givenUp) => get(givenUp, () => this.#epoch !== begun);
  }
}
