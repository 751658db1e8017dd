import { AesCbcCipher } from "../crypto/aes_cbc.ts";
import { type CipherParamOptions, getDefaultParams } from "../crypto/cipher_params.ts";
import { readMembers, type Shape } from "../util/read_members.ts";

/** The options for decoding messages that were not received on a channel (TM3). */
export interface DecodeOptions {
  /** The cipher of the payloads (TB2b). */
  cipher?: CipherParamOptions | null;
}

const DECODE_OPTIONS: Shape<DecodeOptions> = {
  what: "The decoding options",
  names: { cipher: true },
};

/**
 * The cipher that the options describe (RSL5a, TB2b).
 *
 * @throws {ErrorInfo} 40003 if its parameters are not valid.
 */
export function cipherOf(options: DecodeOptions | null | undefined): AesCbcCipher | null {
  const { cipher } = readMembers(options, DECODE_OPTIONS);
  return cipher === undefined ? null : new AesCbcCipher(getDefaultParams(cipher));
}
