import type { DecodeContext } from "../encoding/chain.ts";
import { decodeMessage, type WireMessage } from "../messages/message.ts";
import {
  decodePresenceMessage,
  PRESENCE_ACTIONS,
  type WirePresenceMessage,
} from "../messages/presence_message.ts";
import { fromUtf8 } from "../util/bytes.ts";
import type { ReadDelivery } from "./delivery.ts";
import type { WebhookEvent, WebhookEventBase, WebhookOccupancy } from "./events.ts";

type Fields = Record<string, unknown>;

/** What decoding the payloads of a channel needs. */
export type ContextFor = (channel: string) => DecodeContext;

/** Whether a body is one that Ably sends with metadata around the event: a batch or an envelope. */
export function isEnvelope(body: unknown): body is Fields {
  return isObject(body) && (Array.isArray(body.items) || typeof body.source === "string");
}

/** Whether a delivery is the bare payload, with everything else in its headers. */
export function isRaw({ headers }: ReadDelivery): boolean {
  return headers.has("x-ably-envelope-source");
}

/** The events of a batch or of an envelope, in order. */
export async function decodeEnvelope(
  body: Fields,
  contextFor: ContextFor,
): Promise<WebhookEvent[]> {
  const parts = Array.isArray(body.items) ? body.items.map(itemPart) : [envelopePart(body)];
  const events = await Promise.all(parts.map((part) => decodePart(part, contextFor)));
  return events.flat();
}

/** The event of a bare payload. */
export async function decodeRaw(
  { headers, body }: ReadDelivery,
  contextFor: ContextFor,
): Promise<WebhookEvent[]> {
  const envelope = (name: string) => headers.get(`x-ably-envelope-${name}`) ?? undefined;
  const message = (name: string) => headers.get(`x-ably-message-${name}`) ?? undefined;
  const timestamp = message("timestamp") === undefined ? undefined : Number(message("timestamp"));
  const wire: Fields = defined({
    id: message("id"),
    name: message("name"),
    clientId: message("client-id"),
    connectionId: message("connection-id"),
    timestamp,
    ...rawPayload(headers, body),
  });
  const source = envelope("source") ?? "";
  const base = baseOf(source, {
    channel: envelope("channel"),
    appId: envelope("appid"),
    ruleId: envelope("rule-id"),
    site: envelope("site"),
    timestamp,
  });
  const part: Part = { base, name: message("name"), wires: [wire], detail: wire, whole: wire };
  if (source === "channel.presence") {
    // The documentation names the header in two ways.
    const action = message("action") ?? message("name") ?? "";
    wire.action = (PRESENCE_ACTIONS as readonly string[]).indexOf(action.toLowerCase());
    delete wire.name;
  }
  return await decodePart(part, contextFor);
}

function rawPayload(
  headers: Headers,
  body: Uint8Array<ArrayBuffer>,
): { data?: unknown; encoding?: string } {
  const type = headers.get("content-type") ?? "";
  const encoding = headers.get("x-ably-message-encoding") ?? "";
  if (body.byteLength === 0) return {};
  if (type.startsWith("application/octet-stream")) {
    return defined({ data: body, encoding: encoding || undefined });
  }
  const data = fromUtf8(body);
  if (!type.startsWith("application/json") || /(^|\/)json$/.test(encoding)) {
    return defined({ data, encoding: encoding || undefined });
  }
  return { data, encoding: encoding === "" ? "json" : `${encoding}/json` };
}

/** One event, or several of the same kind, wherever it came from. */
interface Part {
  readonly base: WebhookEventBase;
  readonly name: unknown;
  /** The messages or presence messages. */
  readonly wires: unknown;
  /** Where the state of a channel is described. */
  readonly detail: Fields;
  /** What is handed on where it is not understood. */
  readonly whole: unknown;
}

function itemPart(item: unknown): Part {
  const fields = isObject(item) ? item : {};
  const data = isObject(fields.data) ? fields.data : {};
  const base = baseOf(fields.source, {
    channel: data.channelId,
    ruleId: fields.webhookId,
    site: data.site,
    timestamp: fields.timestamp,
    serial: fields.serial,
  });
  return { base, name: fields.name, wires: wiresOf(base, data), detail: data, whole: item };
}

function envelopePart(body: Fields): Part {
  const detail = isObject(body.data) ? body.data : body;
  const { channel, appId, ruleId, site, timestamp } = body;
  // Ably's documentation has an envelope of presence messages whose source says "channel.message".
  const isPresence = Array.isArray(body.presence) && body.messages === undefined;
  const source = isPresence ? "channel.presence" : body.source;
  const base = baseOf(source, { channel, appId, ruleId, site, timestamp });
  return { base, name: body.name, wires: wiresOf(base, body), detail, whole: body };
}

function wiresOf({ source }: WebhookEventBase, fields: Fields): unknown {
  return source === "channel.presence" ? fields.presence : fields.messages;
}

function baseOf(source: unknown, values: Fields): WebhookEventBase {
  const { channel, appId, ruleId, site, timestamp, serial } = values;
  return defined({
    channel: text(channel) ?? "",
    source: text(source) ?? "",
    appId: text(appId),
    ruleId: text(ruleId),
    site: text(site),
    timestamp: typeof timestamp === "number" && !Number.isNaN(timestamp) ? timestamp : undefined,
    serial: text(serial),
  });
}

async function decodePart(part: Part, contextFor: ContextFor): Promise<WebhookEvent[]> {
  const { base, whole } = part;
  switch (base.source) {
    case "channel.message":
    case "channel.presence":
      return await decodeWires(part, contextFor);
    case "channel.lifecycle":
    case "channel.occupancy":
      return [await decodeState(part, contextFor)];
    default:
      return [unknownEvent(base, whole)];
  }
}

async function decodeWires(part: Part, contextFor: ContextFor): Promise<WebhookEvent[]> {
  const { base, wires, whole } = part;
  if (!Array.isArray(wires)) return [unknownEvent(base, whole)];
  const context = contextFor(base.channel);
  return await Promise.all(wires.map((wire) => decodeWire(base, wire, context)));
}

async function decodeWire(
  base: WebhookEventBase,
  wire: unknown,
  context: DecodeContext,
): Promise<WebhookEvent> {
  if (!isObject(wire)) return unknownEvent(base, wire);
  try {
    if (base.source === "channel.presence") {
      const presence = await decodePresenceMessage(wire as WirePresenceMessage, context);
      return { kind: "presence", ...base, presence };
    }
    const message = await decodeMessage(wire as WireMessage, context);
    return { kind: "message", ...base, message };
  } catch {
    return unknownEvent(base, wire); // RSF1: a message of the wrong shape does not spoil the others.
  }
}

async function decodeState(part: Part, contextFor: ContextFor): Promise<WebhookEvent> {
  const { base, whole } = part;
  let { name, detail } = part;
  // Batches describe the state themselves; elsewhere it is the payload of a message, as on the metachannels.
  if (Array.isArray(part.wires) && isObject(part.wires[0])) {
    const [event] = await decodeWires({ ...part, wires: [part.wires[0]] }, contextFor);
    if (event?.kind === "message") {
      name ??= event.message.name;
      if (isObject(event.message.data)) detail = event.message.data;
    }
  }
  const status = isObject(detail.status) ? detail.status : detail;
  const occupancy = occupancyOf(status);
  if (base.source === "channel.lifecycle") {
    const isActive = typeof status.isActive === "boolean" ? status.isActive : undefined;
    if (typeof name !== "string") return unknownEvent(base, whole);
    return defined({ kind: "channel.lifecycle" as const, ...base, name, isActive, occupancy });
  }
  if (occupancy === undefined) return unknownEvent(base, whole);
  return { kind: "channel.occupancy", ...base, occupancy };
}

const METRICS = [
  "connections",
  "publishers",
  "subscribers",
  "presenceConnections",
  "presenceMembers",
  "presenceSubscribers",
  "objectPublishers",
  "objectSubscribers",
] as const;

function occupancyOf(status: Fields): WebhookOccupancy | undefined {
  const occupancy = isObject(status.occupancy) ? status.occupancy : status;
  const metrics = occupancy.metrics;
  if (!isObject(metrics)) return undefined;
  const numbers = METRICS.map((
    name,
  ) => [name, typeof metrics[name] === "number" ? metrics[name] : 0]);
  return Object.fromEntries(numbers) as unknown as WebhookOccupancy;
}

function unknownEvent(base: WebhookEventBase, data: unknown): WebhookEvent {
  return { kind: "unknown", ...base, data };
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** The same object without its undefined members. */
function defined<T extends object>(values: T): T {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as T;
}
