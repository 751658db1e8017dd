import type { ProtocolMessage } from "../../protocol/protocol_message.ts";
import { toBase64 } from "../../util/bytes.ts";
import { nameOfAction } from "../core/frame_action.ts";
import { decoded, decodedMember } from "../fixtures/decoded.ts";
import type { StoredMessage, StoredPresence } from "../core/channel_event.ts";
import type { LogEntry, ServiceLog } from "../service/service_log.ts";

/** The largest number of entries in one response. */
const MOST_ENTRIES = 500;
const SHORT_TEXT = 300;
/** The longest detail of an entry. It bounds a response, because a frame can have half a megabyte. */
const LONG_TEXT = 20_000;

/** The part of the log after an entry. */
interface LogPart {
  /** The number of the last entry so far. */
  last: number;
  entries: object[];
}

/** The entries after the one with a number, without keys and tokens; the latest ones if there are too many. */
export function describeLog(log: ServiceLog, after: number): LogPart {
  const { entries, count } = log;
  // A greater number comes from an earlier run of the service.
  const since = after > count ? 0 : after;
  const first = count - entries.length;
  const from = Math.max(since - first, entries.length - MOST_ENTRIES, 0);
  return {
    last: count,
    entries: entries.slice(from).flatMap((entry, index) =>
      isOfPage(entry) ? [] : [{ n: first + from + index + 1, at: entry.at, ...describe(entry) }]
    ),
  };
}

/**
 * Whether an entry comes from the status page itself. The page sends requests each second, which would hide all other entries.
 */
function isOfPage(entry: LogEntry): boolean {
  return "path" in entry &&
    (entry.path === "/" || entry.path === "/favicon.ico" ||
      entry.method === "GET" && entry.path.startsWith("/_service/"));
}

function describe(entry: LogEntry): { text: string; detail?: string } {
  switch (entry.type) {
    case "request": {
      const { method, path, body } = entry;
      // Requests for tokens and apps have signatures or keys in their bodies.
      const isSafe = body !== undefined && path.startsWith("/channels/");
      return { text: `${method} ${path}`, ...(isSafe && { detail: detailOf(body) }) };
    }
    case "response":
      return { text: `${entry.status} ${entry.method} ${entry.path}` };
    case "connect":
      return { text: `socket ${entry.socket} opened` };
    case "close":
      return { text: `socket ${entry.socket} closed by the ${entry.by}` };
    case "frame": {
      const { action, ...rest } = withoutSecrets(entry.message);
      const arrow = entry.direction === "in" ? "→" : "←";
      const lost = entry.swallowed ? " (lost)" : "";
      const frame = withDecoded(rest);
      const name = nameOfAction(action);
      return {
        text: `socket ${entry.socket} ${arrow} ${name} ${summaryOf(frame)}${lost}`,
        detail: detailOf({ action: name, ...frame }),
      };
    }
  }
}

function withoutSecrets(message: ProtocolMessage): ProtocolMessage {
  const { auth: _a, connectionKey: _k, connectionDetails: _d, ...rest } = message;
  return rest;
}

/** A frame in one line: its channel, and the content that a reader looks for first. */
function summaryOf({ channel, ...frame }: DecodedFrame): string {
  const place = typeof channel === "string" ? `${channel} ` : "";
  const items = frame.messages ?? frame.presence;
  const content = items === undefined ? textOf(frame) : items.map((item) => {
    const { action, name, clientId, data } = item;
    const subject = frame.presence === undefined ? [name] : [action, clientId];
    const parts = [...subject, data === undefined ? undefined : JSON.stringify(data, plain)];
    return parts.filter((part) => part !== undefined).join(" ");
  }).join(", ");
  return `${place}${content}`.slice(0, SHORT_TEXT);
}

function textOf(frame: object): string {
  const text = JSON.stringify(frame, plain);
  return text === "{}" ? "" : text;
}

type DecodedItem = { action?: unknown; name?: unknown; clientId?: unknown; data?: unknown };
type DecodedFrame = Omit<ProtocolMessage, "action" | "messages" | "presence"> & {
  messages?: DecodedItem[];
  presence?: DecodedItem[];
};

/** The frame with decoded payloads. */
function withDecoded(message: Omit<ProtocolMessage, "action">): DecodedFrame {
  const { messages, presence, ...rest } = message;
  return {
    ...rest,
    ...(Array.isArray(messages) && { messages: messages.map(decodedOrSame(decoded)) }),
    ...(Array.isArray(presence) && { presence: presence.map(decodedOrSame(decodedMember)) }),
  };
}

/** Frames from clients are logged before they are checked, so an item can be anything. */
function decodedOrSame<T extends StoredMessage | StoredPresence>(decode: (item: T) => object) {
  return (item: unknown): DecodedItem => {
    try {
      const { connectionKey: _k, ...rest } = decode(item as T) as DecodedItem & {
        connectionKey?: string;
      };
      return rest;
    } catch {
      return { data: "unreadable" };
    }
  };
}

function detailOf(value: unknown): string {
  const text = JSON.stringify(value, plain, 2) ?? "";
  return text.length <= LONG_TEXT ? text : `${text.slice(0, LONG_TEXT)} …`;
}

/** JSON has no bytes, so they are shown in base64. A connection's key, and an encoding without steps, are not shown. */
export function plain(name: string, value: unknown): unknown {
  if (name === "connectionKey" || name === "encoding" && value === null) return undefined;
  return value instanceof Uint8Array
    ? { base64: toBase64(value as Uint8Array<ArrayBuffer>) }
    : value;
}
