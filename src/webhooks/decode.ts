import {
  type DecodeContext,
  decodePayload,
  decodePayloads,
  type PayloadCarrier,
} from "../encoding/chain.ts";
import { completeMessage, type WireMessage } from "../messages/message.ts";
import {
  completePresenceMessage,
  PRESENCE_ACTIONS,
  type WirePresenceMessage,
} from "../messages/presence_message.ts";
import { fromUtf8 } from "../util/bytes.ts";
import type { ReadDelivery } from "./delivery.ts";
import type { WebhookEvent, WebhookEventBase, WebhookOccupancy } from "./events.ts";

type Fields = Record<string, unknown>;

/** The cipher and error handler for decoding the payloads of a channel. */
export type ContextFor = (channel: string) => DecodeContext;

/** Whether a body contains metadata besides the event: a batch or an envelope. */
export function isEnvelope(body: unknown): body is Fields {
  return isObject(body) && (Array.isArray(body.items) || typeof body.source === "string");
}

/** Whether the body is the bare payload, with all metadata in the headers. */
export function isRaw({ headers }: ReadDelivery): boolean {
  return headers.has("x-ably-envelope-source");
}

/** The events of a batch or of an envelope, in order. */
export async function decodeEnvelope(
  body: Fields,
  contextFor: ContextFor,
): Promise<WebhookEvent[]> {
  const parts = Array.isArray(body.items) ? body.items.map(itemPart) : [envelopePart(body)];
  return await decoded(parts.flatMap(eventsOf), contextFor);
}

/** The event of a bare payload. */
export async function decodeRaw(
  { headers, body }: ReadDelivery,
  contextFor: ContextFor,
): Promise<WebhookEvent[]> {
  const envelope = (name: string) => headers.get(`x-ably-envelope-${name}`) ?? undefined;
  const message = (name: string) => headers.get(`x-ably-message-${name}`) ?? undefined;
  const time = message("timestamp") ?? "";
  const timestamp = /^\d+$/.test(time) ? Number(time) : undefined;
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
    // Ably's documentation names this header in two ways.
    const action = message("action") ?? message("name") ?? "";
    wire.action = (PRESENCE_ACTIONS as readonly string[]).indexOf(action.toLowerCase());
    delete wire.name;
  }
  return await decoded(eventsOf(part), contextFor);
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

/** One event, or several of the same kind, from any form of delivery. */
interface Part {
  readonly base: WebhookEventBase;
  readonly name: unknown;
  /** The messages or presence messages. */
  readonly wires: unknown;
  /** The description of the channel's state. */
  readonly detail: Fields;
  /** The event unchanged, if its source is unknown. */
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
  // Ably's documentation shows an envelope of presence messages with the source "channel.message".
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

function eventsOf(part: Part): WebhookEvent[] {
  const { base, wires, whole } = part;
  switch (base.source) {
    case "channel.message":
    case "channel.presence":
      if (!Array.isArray(wires)) return [unknownEvent(base, whole)];
      return wires.map((wire) => payloadEvent(base, wire));
    case "channel.lifecycle":
    case "channel.occupancy":
      return [stateEvent(part)];
    default:
      return [unknownEvent(base, whole)];
  }
}

function payloadEvent(base: WebhookEventBase, wire: unknown): WebhookEvent {
  if (!isObject(wire)) return unknownEvent(base, wire);
  try {
    return base.source === "channel.presence"
      ? {
        kind: "presence",
        ...base,
        presence: completePresenceMessage(wire as WirePresenceMessage),
      }
      : { kind: "message", ...base, message: completeMessage(wire as WireMessage) };
  } catch {
    // RSF1: a message of the wrong shape does not affect the others.
    return unknownEvent(base, wire);
  }
}

/** Decodes the payloads of messages. Those with the same cipher are decoded in one call. */
async function decoded(events: WebhookEvent[], contextFor: ContextFor): Promise<WebhookEvent[]> {
  const waiting = new Map<DecodeContext, PayloadCarrier[]>();
  for (const event of events) {
    if (event.kind !== "message" && event.kind !== "presence") continue;
    const context = contextFor(event.channel);
    const carriers = waiting.get(context) ?? [];
    if (carriers.length === 0) waiting.set(context, carriers);
    carriers.push(event.kind === "message" ? event.message : event.presence);
  }
  await Promise.all([...waiting].map(([context, carriers]) => decodePayloads(carriers, context)));
  return events;
}

function stateEvent({ base, name, wires, detail, whole }: Part): WebhookEvent {
  // In batches, the item itself describes the state. In other deliveries it may be the payload of a message, as on
  // metachannels. Such a message comes from Ably and is never encrypted.
  const message = Array.isArray(wires) && isObject(wires[0]) ? { ...wires[0] } : {};
  decodePayload(message, {});
  const described = isObject(message.data) ? message.data : detail;
  const status = isObject(described.status) ? described.status : described;
  const occupancy = occupancyOf(status);
  if (base.source === "channel.occupancy") {
    if (occupancy === undefined) return unknownEvent(base, whole);
    return { kind: "channel.occupancy", ...base, occupancy };
  }
  const event = text(name) ?? text(message.name);
  if (event === undefined) return unknownEvent(base, whole);
  const isActive = typeof status.isActive === "boolean" ? status.isActive : undefined;
  return defined({ kind: "channel.lifecycle", ...base, name: event, isActive, occupancy });
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

/** The same object without members that are undefined. */
function defined<T extends object>(values: T): T {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as T;
}
