import { signalOf } from "../client/call_options.ts";
import * as Action from "../protocol/action_numbers.ts";
import { untilAborted } from "../util/deadline.ts";
import type { ObjectCallOptions } from "./core/api_calls.ts";
import { type Change, operationsOf } from "./core/changes.ts";
import { encodeOperation } from "./core/encode_message.ts";
import type { ObjectOperation, OperationMessage } from "./core/object_message.ts";
import { sizeOfOperations } from "./core/object_size.ts";
import type { ChannelObjects } from "./channel_objects.ts";
import { tooLarge } from "./object_errors.ts";
import { originsOf } from "./origins.ts";

/**
 * Sends changes in one message, and applies them here once the service has accepted them (RTO20–RTO20b). They are sent in the
 * order of the calls, even if the ids of new objects must be generated first.
 *
 * @throws {ErrorInfo} 40009 if they are too large together, 92008 if the channel is lost before they can be applied; or the
 * error of the service.
 */
export function publish(
  objects: ChannelObjects,
  changes: readonly Change[],
  options?: ObjectCallOptions | null,
): Promise<void> {
  const { channel } = objects;
  const signal = signalOf(options);
  signal?.throwIfAborted();
  const operations = operationsOf(changes, () => originsOf(channel.context));
  const sent = channel.sendInOrder(operations, async (ready: ObjectOperation[]) => {
    signal?.throwIfAborted(); // The change may have waited in the queue.
    const unfinished = applyOnAck(objects, ready, await submit(objects, ready));
    if (unfinished) await unfinished;
  });
  return untilAborted(sent, signal);
}

/** RTO15–RTO15b */
function submit(
  { channel }: ChannelObjects,
  operations: readonly ObjectOperation[],
): Promise<(string | null)[]> {
  channel.checkPublishable(); // RTO15b: the channel may have been lost in the meantime.
  const { maxMessageSize } = channel.context.limits;
  const size = sizeOfOperations(operations);
  if (size > maxMessageSize) throw tooLarge(size, maxMessageSize); // RTO15d
  const { format } = channel.connection.codec;
  const state = operations.map((operation) => encodeOperation(operation, format)); // RTO15c, RTO15e3
  return channel.submit({ action: Action.Object, state }); // RTO15e–RTO15h
}

/** RTO20c–RTO20f */
function applyOnAck(
  objects: ChannelObjects,
  operations: readonly ObjectOperation[],
  serials: readonly (string | null)[],
): Promise<void> | void {
  const { channel, core } = objects;
  const { siteCode } = channel.connection.details;
  const missing = !siteCode
    ? "the service has not sent its site" // RTO20c1
    : serials.length !== operations.length
    ? "the ACK does not have a serial for each operation" // RTO20c2
    : undefined;
  if (missing !== undefined) {
    return objects.onLog("error", "Changes are seen only when they come back", missing);
  }
  const messages: OperationMessage[] = [];
  operations.forEach((operation, index) => { // RTO20d
    const serial = serials[index];
    if (serial != null) messages.push(acknowledgedMessage(operation, serial, siteCode!)); // RTO20d3
    else objects.onLog("debug", "An own operation has no serial, and is not applied"); // RTO20d1
  });
  const apply = () => objects.acknowledged(messages); // RTO20f
  if (core.state !== "synced") return objects.whenSynced("apply a change", apply); // RTO20e
  if (channel.isListening) apply(); // The data of a channel that is not attached is gone already.
}

/**
 * RTO20d2. Initial entries get the serial of the ACK, because otherwise an older operation would replace them in this client
 * only.
 */
function acknowledgedMessage(
  operation: ObjectOperation,
  serial: string,
  siteCode: string,
): OperationMessage {
  const entries = operation.mapCreate?.entries;
  entries?.forEach((entry, key) => entries.set(key, { ...entry, timeserial: serial }));
  return { operation, serial, siteCode };
}
