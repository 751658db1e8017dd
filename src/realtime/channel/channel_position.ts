/**
 * The positions of a channel in the stream of its frames (RTL15). A frame is received first and delivered later, if a cipher has
 * to work in between.
 */
export class ChannelPosition {
  /** The position at which the attachment began; `untilAttach` refers to it (RTL15c). */
  attached: string | null = null;
  /** The position of the last frame received: attaching again continues after it (RTL15b, RTL4c1). */
  received: string | null = null;
  #delivered: string | null = null;

  /** The position of the last frame whose listeners have all returned: a recovered client continues after it (RTN16g). */
  get delivered(): string | null {
    return this.#delivered ?? this.received;
  }
  set delivered(serial: string | null) {
    this.#delivered = serial;
  }

  /** Takes over the position of a client that is recovered (RTN16j), or forgets the positions reached (RTL15b2). */
  reset(serial: string | null): void {
    this.received = this.#delivered = serial;
  }
}
