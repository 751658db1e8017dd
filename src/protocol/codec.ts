import type { Format } from "../encoding/chain.ts";

/** Turns values into bytes or text and back, in one wire format (RSC8). */
export interface Codec {
  /** The name of the format, as in the `format` connection parameter (RTN2a). */
  readonly format: Format;
  /** The media type of HTTP bodies in this format (RSC8c). */
  readonly contentType: string;
  /** Encodes a value. Members that are `undefined` are left out. */
  encode(value: unknown): string | Uint8Array<ArrayBuffer>;
  /**
   * Decodes a value.
   *
   * @throws If the data is not in this format.
   */
  decode(data: string | Uint8Array<ArrayBuffer>): unknown;
}
