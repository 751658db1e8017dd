import {
  decodeMessage,
  type InboundMessage,
  type Message,
  type MessageAction,
  type MessageVersion,
  type WireMessage,
} from "../messages/message.ts";
import { fetchBody } from "../http/fetch_body.ts";
import { toWireMessage } from "../protocol/to_wire_message.ts";
import { copyEntries } from "../util/copy.ts";
import { NOT_EMPTY, readMembers, type Shape } from "../util/read_members.ts";
import { serialOf } from "../client/checks.ts";
import { readAnswer } from "../client/answers.ts";
import { type CallOptions, type CallParams, queryOf, signalOf } from "../client/call_options.ts";
import { type ChannelRef, decodeContext } from "../client/channel_ref.ts";
import { messagePath } from "../client/paths.ts";
import type { ClientContext } from "../client/context.ts";
import { checkData } from "../client/data_schemas.ts";
import { fetchMessages } from "./history.ts";
import type { PaginatedResult } from "./paging/paginated_result.ts";
import { type OwnMessage, ownMessage } from "../client/own_message.ts";
import { checkPublishSize } from "./publish.ts";

/** The author and the reason of a change (TM2s3–TM2s5). */
export interface MessageOperation {
  /** The clientId of the author. Defaults to the client's own identity. */
  clientId?: string | null;
  /** The reason. */
  description?: string | null;
  /** Further data to store with the change. */
  metadata?: Record<string, string> | null;
}

/** The result of changing a message (UDR1). */
export interface UpdateDeleteResult {
  /** The serial of the new version; `null` if a later change superseded it (UDR2a). */
  versionSerial: string | null;
}

/** A message with its serial, or the serial alone (RSL11a1, RSL14a1). */
export type MessageOrSerial = string | Message;

/**
 * Reads the latest version of a message (RSL11).
 *
 * @typeParam M The type of the message, which is not checked.
 * @throws {ErrorInfo} 40003 without a serial, 40400 if there is no such message; or the error that the service returned.
 */
export async function getMessage<M = InboundMessage>(
  { http, options: { logger } }: ClientContext,
  channel: ChannelRef,
  { message, options }: { message: MessageOrSerial; options?: CallOptions | null },
): Promise<M> {
  const path = messagePath(channel, serialOf(message, "get a message"));
  const body = await fetchBody(http, { method: "GET", path, signal: signalOf(options) }); // RSL11b
  const decoding = decodeContext(logger, channel);
  const decode = () => decodeMessage(body as WireMessage, decoding) as M | Promise<M>; // RSL11c
  return await readAnswer("get a message", decode);
}

/**
 * Reads all versions of a message, oldest first (RSL14).
 *
 * @typeParam M The type of the messages, which is not checked.
 * @throws {ErrorInfo} 40003 without a serial; or the error that the service returned.
 */
export async function getMessageVersions<M = InboundMessage>(
  context: ClientContext,
  channel: ChannelRef,
  { message, params }: { message: MessageOrSerial; params?: CallParams | null },
): Promise<PaginatedResult<M>> {
  const path = `${
    messagePath(channel, serialOf(message, "get the versions of a message"))
  }/versions`;
  return await fetchMessages<M>(context, channel, { path, params }); // RSL14b
}

/** The changes that {@linkcode changeMessage} makes (RSL15b1). */
export type MessageChange = Extract<
  MessageAction,
  "message.update" | "message.delete" | "message.append"
>;

/** A change to a message. */
export interface MessageChangeArguments {
  /** The operation. */
  action: MessageChange;
  /** The message with its serial, and the attributes to change. */
  message: Message;
  /** The author and the reason of the change. */
  operation?: MessageOperation | null;
  /** Query parameters, and the signal. */
  params?: CallParams | null;
}

/**
 * The message that describes a change (RSL15b, RTL32b). The caller's objects are not changed (RSL15c, RTL32c).
 *
 * @throws {ErrorInfo} 40003 without a serial or if an attribute is of the wrong type.
 */
export function changedMessage(
  { action, message, operation }: MessageChangeArguments,
): OwnMessage {
  const what = `carry out ${action}`;
  if (typeof message !== "object" || message === null || Array.isArray(message)) {
    serialOf(message, what);
  }
  const own = ownMessage(message);
  serialOf(own, what);
  // RSL15b7: remove the author and reason of an earlier version, which a received message contains.
  own.version = operation == null ? undefined : ownOperation(operation);
  own.action = action; // RTL32b1, RTL32b2
  return own;
}

const OPERATION: Shape<MessageOperation> = {
  what: "The operation",
  names: { clientId: NOT_EMPTY, description: "string", metadata: true },
};

function ownOperation(given: MessageOperation): MessageVersion {
  const operation = readMembers(given, OPERATION);
  const { metadata } = operation;
  if (metadata === undefined) return operation as MessageVersion;
  const what = 'The attribute "metadata" of the operation';
  return { ...operation, metadata: copyEntries(metadata, { what }) as Record<string, string> };
}

/**
 * Updates, deletes or appends to a message (RSL15).
 *
 * @throws {ErrorInfo} 40003 without a serial, 40009 if it is too large, 40013 if the payload cannot be sent; or the error that
 * the service returned.
 */
export async function changeMessage(
  context: ClientContext,
  channel: ChannelRef,
  change: MessageChangeArguments,
): Promise<UpdateDeleteResult> {
  const { http, limits, options: { codec } } = context;
  const message = changedMessage(change);
  const { query, signal } = queryOf(change.params); // RSL15f
  checkPublishSize([message], limits.maxMessageSize);
  const isWhole = change.action === "message.update" && message.data != null;
  const [body] = await Promise.all([
    toWireMessage(message, { format: codec.format, cipher: channel.cipher }),
    isWhole && channel.schemas && checkData([message], channel.schemas),
  ]);
  const answer = await fetchBody(http, {
    method: "PATCH",
    path: messagePath(channel, message.serial!),
    params: query,
    body,
    signal,
  }); // RSL15e
  const { versionSerial } = (answer ?? {}) as Partial<UpdateDeleteResult>;
  return { versionSerial: versionSerial ?? null };
}
