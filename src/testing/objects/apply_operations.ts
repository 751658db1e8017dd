import { Action } from "../../protocol/actions.ts";
import { utf8 } from "../../util/bytes.ts";
import type { Channel } from "../core/channel.ts";
import { alphanumeric } from "../core/identifiers.ts";
import { MAX_MESSAGE_SIZE } from "../core/accept_messages.ts";
import type { Publisher } from "../core/publisher.ts";
import { indexedSerial, SITE_CODE } from "../core/serials.ts";
import { ServiceCode, serviceError } from "../core/service_error.ts";
import {
  invalidOperation,
  type ObjectMessage,
  type ObjectOperation,
  type ObjectValue,
} from "./object_message.ts";

/** The details that come with operations. */
export interface OperationFrame {
  readonly publisher: Publisher;
  /** The beginning of the ids of the object messages. */
  readonly frameId?: string;
  /** Ids that the publisher gave, by position. */
  readonly ids?: readonly (string | undefined)[];
}

const MAX_OPERATIONS = 1000;
const SIZE_OF_NUMBER = 8;

/**
 * Applies operations to the objects of a channel and broadcasts them: all of them, or none.
 *
 * @returns Their serials.
 * @throws {ErrorInfo} 40009, 92000, 92002 or 92004 if one of them cannot be applied.
 */
export function applyOperations(
  channel: Channel,
  operations: readonly ObjectOperation[],
  { publisher, frameId, ids }: OperationFrame,
): string[] {
  if (operations.length === 0 || operations.length > MAX_OPERATIONS) {
    throw invalidOperation(`there must be 1 to ${MAX_OPERATIONS} operations`);
  }
  checkOperationsSize(operations);
  channel.objects.check(operations);
  const timestamp = channel.clock.stamp();
  const channelSerial = channel.nextSerial(timestamp);
  const id = frameId ?? alphanumeric(channel.random, 12);
  const { clientId, connectionId } = publisher;
  const state = operations.map((given, index): ObjectMessage => {
    const serial = indexedSerial(channelSerial, index);
    const operation = withTimeserials(given, serial);
    channel.objects.apply(operation, { serial, timestamp });
    return {
      id: ids?.[index] ?? `${id}:${index}`,
      ...(clientId !== undefined && { clientId }),
      ...(connectionId !== undefined && { connectionId }),
      timestamp,
      serial,
      serialTimestamp: timestamp,
      siteCode: SITE_CODE,
      operation,
    };
  });
  const action = Action.Object;
  channel.emit({ action, channelSerial, id, connectionId, timestamp, state });
  return state.map(({ serial }) => serial!);
}

/** The entries that a map is created with are as old as its creation. */
function withTimeserials(operation: ObjectOperation, serial: string): ObjectOperation {
  const { mapCreate } = operation;
  if (mapCreate === undefined) return operation;
  const entries = Object.fromEntries(
    Object.entries(mapCreate.entries).map((
      [key, entry],
    ) => [key, { ...entry, timeserial: serial }]),
  );
  return { ...operation, mapCreate: { ...mapCreate, entries } };
}

function checkOperationsSize(operations: readonly ObjectOperation[]): void {
  let size = 0;
  for (const operation of operations) size += sizeOfOperation(operation);
  if (size <= MAX_MESSAGE_SIZE) return;
  throw serviceError(
    ServiceCode.MessageTooLarge,
    `The size of the operations is ${size} bytes, the maximum is ${MAX_MESSAGE_SIZE} bytes`,
  );
}

/** The size of an operation in bytes: keys and values count, their names do not (OOP4). */
function sizeOfOperation(operation: ObjectOperation): number {
  const { mapCreate, mapSet, mapRemove, counterCreate, counterInc } = operation;
  let size = counterCreate || counterInc ? SIZE_OF_NUMBER : 0;
  for (const [key, { data }] of Object.entries(mapCreate?.entries ?? {})) {
    size += key.length + sizeOfValue(data);
  }
  if (mapSet) size += mapSet.key.length + sizeOfValue(mapSet.value);
  if (mapRemove) size += mapRemove.key.length;
  return size;
}

/** The size of a value in bytes; one that refers to an object has none (OD3). */
function sizeOfValue({ string, number, boolean, bytes, json }: ObjectValue = {}): number {
  return (string?.length ?? 0) + (number === undefined ? 0 : SIZE_OF_NUMBER) +
    (boolean === undefined ? 0 : 1) + (bytes?.byteLength ?? 0) +
    (json === undefined ? 0 : utf8(json).byteLength);
}
