import { AesCbcCipher } from "../crypto/aes_cbc.ts";
import { type CipherParamOptions, getDefaultParams } from "../crypto/cipher_params.ts";
import { readMembers, type Shape } from "../util/read_members.ts";

/** What is needed to decode messages that came another way than through a channel (TM3). */
export interface DecodeOptions {
  /** How the payloads were encrypted (TB2b). */
  cipher?: CipherParamOptions | null;
}

const DECODE_OPTIONS: Shape<DecodeOptions> = {
  what: "The decoding options",
  names: { cipher: true },
};

/**
 * The cipher that the options ask for (RSL5a, TB2b).
 *
 * @throws {ErrorInfo} 40003 if its parameters are not valid.
 */
export function cipherOf(options: DecodeOptions | null | undefined): AesCbcCipher | null {
  const { cipher } = readMembers(options, DECODE_OPTIONS);
  return cipher === undefined ? null : new AesCbcCipher(getDefaultParams(cipher));
}
