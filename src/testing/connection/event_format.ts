import type { WireError } from "../../protocol/protocol_message.ts";

/** An event of a stream. */
export interface StreamEvent {
  /** The position after it. Only messages have one. */
  id?: string;
  event: "message" | "error" | "heartbeat";
  /** An object, or the payload of a message without its envelope. */
  data?: object | string | WireError;
}

/** The form of a stream: server-sent events, or lines of JSON. */
export interface EventFormat {
  readonly contentType: string;
  /** The sign of life between events. */
  readonly keepalive: string;
  write(event: StreamEvent): string;
}

/** Server-sent events, as browsers read them. */
export const SERVER_SENT_EVENTS: EventFormat = {
  contentType: "text/event-stream",
  keepalive: ":keepalive\n\n",
  write({ id, event, data }) {
    const text = data === undefined || typeof data === "string" ? data : JSON.stringify(data);
    const lines = text?.split(/\r\n|\r|\n/).map((line) => `data: ${line}\n`) ?? [];
    return `${id === undefined ? "" : `id: ${id}\n`}event: ${event}\n${lines.join("")}\n`;
  },
};

/** One JSON object in each line. */
export const JSON_LINES: EventFormat = {
  contentType: "application/json",
  keepalive: "\n",
  write: (event) => `${JSON.stringify(event)}\n`,
};
