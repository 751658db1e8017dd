/**
 * The cost of signing a token request: a complete request with a bare `crypto.subtle.sign` (the floor), this SDK, and `ably`.
 * Measured is the processor time of this process, with the threads of SubtleCrypto.
 *
 * @module
 */
import { compare, measured } from "./support/compare.ts";
import { signer, SIGNERS } from "./support/token_contenders.ts";

for (const atOnce of [1, 50]) {
  const how = atOnce === 1 ? "one after another" : `${atOnce} at once`;
  await compare(
    `createTokenRequest, ${how}`,
    () => Object.keys(SIGNERS).map(async (name) => measured(name, await signer(name, atOnce))),
  );
}
