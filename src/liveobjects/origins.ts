import type { ClientContext } from "../client/context.ts";
import { randomId } from "../util/random.ts";
import type { Origins } from "./core/value_types.ts";

/** Bytes of randomness in a nonce; as text they are 16 characters (RTLCV4d, RTLMV4g). */
const NONCE_BYTES = 12;

/** The time and nonces for objects that a client creates. */
export async function originsOf({ credentials, options }: ClientContext): Promise<Origins> {
  const timestamp = await credentials.serviceTime(); // RTO16, RTLCV4e, RTLMV4h
  return { timestamp, nonce: () => randomId(options.random, NONCE_BYTES) };
}
