import { ErrorCode } from "../error_codes.ts";
import { type ErrorInfo, fault } from "../errors.ts";
import { encodePayload } from "../encoding/chain.ts";
import { isBinary } from "../util/bytes.ts";
import { randomMessageIdBase } from "../util/random.ts";
import type { Message, WireMessage } from "../messages/message.ts";
import { sizeOf } from "../messages/size.ts";
import { toWireMessages } from "../protocol/wire_message.ts";
import { invalidParameter } from "./arguments.ts";
import { type CallParams, splitParams } from "./call_options.ts";
import { channelPath, type ChannelTarget } from "./channel_target.ts";
import type { ClientContext } from "./context.ts";
import { checkData } from "./data_schemas.ts";

/** What came of a publish (PBR1). */
export interface PublishResult {
  /** The serials of the messages, in order; `null` for one that the service discarded by a rule (PBR2a). */
  serials: (string | null)[];
}

/**
 * Sends messages to a channel in one request (RSL1).
 *
 * @param messages What to publish. The objects are left as they are.
 * @param params Query parameters, and the signal (RSL1l).
 * @throws {ErrorInfo} 40009 if the messages are too large, 40013 if a payload cannot be sent, 40003 if an attribute is
 * of the wrong type; or whatever the service answered.
 */
export async function publish(
  context: ClientContext,
  channel: ChannelTarget,
  { messages, params }: PublishArguments,
): Promise<PublishResult> {
  checkMessages(messages);
  const { query, signal } = splitParams(params);
  const { maxMessageSize } = context.limits;
  if (mayExceed(messages, maxMessageSize)) checkSize(messages, maxMessageSize); // RSL1i
  const { cipher, schemas } = channel;
  const encoded = toWireMessages(messages, { format: context.codec.format, cipher });
  const [wire] = await Promise.all([encoded, schemas && checkData(messages, schemas)]);
  giveIds(wire, context); // RSL1k1
  const response = await context.http.send({
    method: "POST",
    path: `${channelPath(channel)}/messages`,
    params: query,
    body: wire,
    signal,
  });
  if (response.error) throw response.error; // RSL1d
  const { serials } = (response.body ?? {}) as Partial<PublishResult>;
  return { serials: serials ?? [] }; // RSL1n
}

/** What is to be published, and how. */
export interface PublishArguments {
  /** The messages. */
  messages: readonly Message[];
  /** Query parameters, and the signal. */
  params?: CallParams | null;
}

/**
 * Reads the arguments of `publish(name, data, params)`, `publish(message, params)` and `publish(messages, params)`
 * (RSL1a, RSL1b, RSL1c).
 *
 * @throws {ErrorInfo} 40013 if they are none of these.
 */
export function publishArguments(
  first: unknown,
  second: unknown,
  third: unknown,
): PublishArguments {
  if (first == null || typeof first === "string") {
    return { messages: [{ name: first, data: second }], params: third as CallParams };
  }
  const params = second as CallParams;
  if (Array.isArray(first)) return { messages: first, params };
  if (typeof first === "object") return { messages: [first as Message], params };
  throw notMessage(first);
}

/**
 * Checks the attributes of messages to publish.
 *
 * @throws {ErrorInfo} 40013 if one is no message or its data cannot be sent (RSL4a), 40003 if an attribute is of the
 * wrong type or there is no message at all.
 */
export function checkMessages(messages: readonly Message[]): void {
  if (messages.length === 0) {
    throw invalidParameter("There is no message to publish", "Give at least one message.");
  }
  for (const message of messages) {
    if (typeof message !== "object" || message === null || Array.isArray(message)) {
      throw notMessage(message);
    }
    for (const attribute of TEXTS) checkAttribute(message, attribute, "string");
    checkAttribute(message, "extras", "object");
  }
}

const TEXTS = ["name", "id", "clientId", "connectionId", "connectionKey", "encoding"] as const;

function checkAttribute(message: Message, attribute: keyof Message, type: "string" | "object") {
  const value: unknown = message[attribute];
  if (value == null || typeof value === type && !Array.isArray(value) && !isBinary(value)) return;
  throw invalidParameter(
    `The attribute "${attribute}" of a message is of the wrong type: ${
      Array.isArray(value) ? "array" : typeof value
    }`,
    `Give ${type === "string" ? "a string" : "an object"}, or leave it out.`,
  );
}

/**
 * Checks that what is to be sent at once is not too large: before encryption and encoding (TM6, TO3l8).
 *
 * @throws {ErrorInfo} 40009 if it is, 40013 or 40003 if the data or the extras cannot be represented in JSON.
 */
export function checkSize(items: readonly Parameters<typeof sizeOf>[0][number][], limit: number) {
  const size = measured(items);
  if (size <= limit) return;
  throw fault(
    ErrorCode.MessageTooLarge,
    `The messages have ${size} bytes, more than the limit of ${limit}`,
    "Publish less at once, or keep large payloads elsewhere and publish their address.",
  );
}

/** Whether messages might be too large: a quick look, which spares most of them the exact one. */
function mayExceed(messages: readonly Message[], limit: number): boolean {
  let size = 0;
  for (const { name, data, clientId, extras } of messages) {
    // What has to be written as JSON to be measured is not measured twice.
    if (extras != null || data != null && typeof data !== "string") return true;
    // No character takes more than three bytes.
    size += 3 * ((name?.length ?? 0) + (clientId?.length ?? 0) + (data?.length ?? 0));
  }
  return size > limit;
}

function measured(items: Parameters<typeof sizeOf>[0]): number {
  try {
    return sizeOf(items);
  } catch (cause) {
    // RSL4a: if it is the data, its encoding says so.
    for (const { data } of items) encodePayload(data, null, { format: "json" });
    throw invalidParameter(
      `The extras cannot be represented in JSON: ${String(cause)}`,
      "Give extras that JSON.stringify accepts.",
    );
  }
}

/**
 * Gives ids to wire messages, so that a retry is not a second message: only if none has one, and all on the same base
 * (RSL1k1, RSL1k3).
 */
export function giveIds(wire: readonly WireMessage[], { options, random }: ClientContext): void {
  if (!options.idempotentRestPublishing || wire.some(({ id }) => id)) return;
  const base = randomMessageIdBase(random);
  wire.forEach((message, index) => message.id = `${base}:${index}`);
}

function notMessage(value: unknown): ErrorInfo {
  return fault(
    ErrorCode.InvalidMessageData,
    `Failed to publish: expected a message, got ${value === null ? "null" : typeof value}`,
    "Call publish(name, data), publish(message) or publish([message, …]).",
  );
}
