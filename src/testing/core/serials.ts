/** The site of this service, which is part of every serial (TM2r) and of `connectionDetails.siteCode`. */
export const SITE_CODE = "local";

const SERIES = `${SITE_CODE}0000000`;
const SHAPE = /^(\d{14})-(\d{3})@([A-Za-z0-9_-]+)(?::(\d{3,}))?$/;

/** Makes serials that sort in the order in which they were made. */
export class SerialSource {
  #time = 0;
  #counter = 0;

  /**
   * The next serial of a frame; its messages append their index with {@linkcode indexedSerial}.
   *
   * @param timestamp Milliseconds since the Unix epoch.
   */
  next(timestamp: number): string {
    if (timestamp > this.#time) {
      this.#time = timestamp;
      this.#counter = 0;
    } else if (++this.#counter > 999) {
      this.#time++;
      this.#counter = 0;
    }
    return serialAt(this.#time, this.#counter);
  }
}

/** The serial of a frame: a time, and a number from 0 to 999 for the frames of one time. */
export function serialAt(time: number, counter: number): string {
  return `${String(time).padStart(14, "0")}-${String(counter).padStart(3, "0")}@${SERIES}`;
}

/** The serial of one message of a frame. */
export function indexedSerial(base: string, index: number): string {
  return `${base}:${String(index).padStart(3, "0")}`;
}

/** The serial of the frame that a message's serial belongs to. */
export function frameSerial(serial: string): string {
  const colon = serial.lastIndexOf(":");
  return colon < 0 ? serial : serial.slice(0, colon);
}

/** The origin of a serial: this service, another site, or unreadable. */
export function serialOrigin(serial: string): "own" | "other" | "unreadable" {
  const match = SHAPE.exec(serial);
  if (match === null) return "unreadable";
  return match[3] === SERIES ? "own" : "other";
}
