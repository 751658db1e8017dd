import * as ErrorCode from "../error_numbers.ts";
import { createError } from "../errors.ts";

/** A server-sent event. */
export interface ServerEvent {
  /** Its type; `"message"` unless the server names another. */
  readonly type: string;
  /** Its data, with lines joined by line feeds. */
  readonly data: string;
  /** The last id that the server has sent, with this event or before. */
  readonly id: string;
}

/** The most characters of one event: far more than the largest message. */
const MAX_LENGTH = 10 * 1024 * 1024;

const LINE_END = /\r\n?|\n/g;

/**
 * Reads server-sent events from bytes that are cut anywhere, as the HTML standard defines them. An event that is cut off at the
 * end of a stream is dropped, and so is its id.
 */
export class EventParser {
  readonly #decoder = new TextDecoder();
  /** The beginning of a line that has not ended yet. */
  #rest = "";
  /** Whether a line ended with the last character, a carriage return, to which a line feed may belong. */
  #isAfterReturn = false;
  #id: string;
  #type = "";
  #data: string[] = [];
  #length = 0;

  /** @param id The id of the last event of the stream before, which stays in force until the server sends another. */
  constructor(id = "") {
    this.#id = id;
  }

  /**
   * Takes the next bytes.
   *
   * @returns The events that are complete now.
   * @throws {ErrorInfo} 40013 if an event has more than 10 Mi characters.
   */
  push(bytes: Uint8Array): ServerEvent[] {
    let text = this.#decoder.decode(bytes, { stream: true });
    if (text === "") return [];
    if (this.#isAfterReturn && text.startsWith("\n")) text = text.slice(1);
    this.#isAfterReturn = text === "" ? false : text.endsWith("\r");
    const events: ServerEvent[] = [];
    let start = 0;
    for (const { 0: end, index } of text.matchAll(LINE_END)) {
      this.#line(this.#rest + text.slice(start, index), events);
      this.#rest = "";
      start = index + end.length;
    }
    this.#rest += text.slice(start);
    if (this.#rest.length + this.#length > MAX_LENGTH) throw tooLong();
    return events;
  }

  #line(line: string, events: ServerEvent[]): void {
    if (line === "") return this.#dispatch(events);
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    let value = colon < 0 ? "" : line.slice(colon + 1);
    if (value.startsWith(" ")) value = value.slice(1);
    if (field === "data") {
      this.#data.push(value);
      this.#length += value.length;
    } else if (field === "event") this.#type = value;
    else if (field === "id" && !value.includes("\0")) this.#id = value;
  }

  #dispatch(events: ServerEvent[]): void {
    // An event without data counts as well: heartbeats have none.
    if (this.#data.length > 0 || this.#type !== "") {
      events.push({ type: this.#type || "message", data: this.#data.join("\n"), id: this.#id });
    }
    this.#type = "";
    this.#data = [];
    this.#length = 0;
  }
}

function tooLong(): Error {
  return createError(
    ErrorCode.InvalidMessageData,
    `An event of the stream has more than ${MAX_LENGTH} characters`,
    "Check that the endpoint is Ably's and that no proxy alters its answers.",
  );
}
