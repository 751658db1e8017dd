import * as Action from "../../protocol/action_numbers.ts";
import type { Channel } from "../core/channel.ts";
import { alphanumeric } from "../core/identifiers.ts";
import type { Publisher } from "../core/publisher.ts";
import { indexedSerial, SITE_CODE } from "../core/serials.ts";
import { ServiceCode, serviceError } from "../core/service_error.ts";
import { collectObjects } from "./collect_objects.ts";
import { invalidOperation, type ObjectMessage, type ObjectOperation } from "./wire_operation.ts";
import { sizeOfOperation } from "./operation_size.ts";

/** The details that come with operations. */
export interface OperationFrame {
  readonly publisher: Publisher;
  /** The common beginning of the object messages' ids. */
  readonly frameId?: string;
  /** Ids from the publisher, by position. */
  readonly ids?: readonly (string | undefined)[];
  /** The extras of the publisher, by position. */
  readonly extras?: readonly unknown[];
}

/** The result of applying operations. */
export interface AppliedOperations {
  readonly serials: string[];
  /** Sends the operations to all attachments. It must be called at once, to keep the order. */
  broadcast(): void;
}

const MAX_OPERATIONS = 1000;
const MAX_TOTAL = 6_500_000;

/**
 * Applies operations to the objects of a channel: all of them, or none.
 *
 * @throws {ErrorInfo} 40009, 92000, 92002 or 92004 if one of them cannot be applied.
 */
export function applyOperations(
  channel: Channel,
  operations: readonly ObjectOperation[],
  { publisher, frameId, ids, extras }: OperationFrame,
): AppliedOperations {
  if (operations.length === 0 || operations.length > MAX_OPERATIONS) {
    throw invalidOperation(`there must be 1 to ${MAX_OPERATIONS} operations`);
  }
  collectObjects(channel);
  const size = checkOperationsSize(operations, channel);
  channel.objects.check(operations);
  channel.admit(operations.length, size);
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
      ...(extras?.[index] !== undefined && { extras: extras[index] }),
      serial,
      serialTimestamp: timestamp,
      siteCode: SITE_CODE,
      operation,
    };
  });
  const action = Action.Object;
  return {
    serials: state.map(({ serial }) => serial!),
    broadcast: () => channel.emit({ action, channelSerial, id, connectionId, timestamp, state }),
  };
}

/** The initial entries of a map get the serial of its creation. */
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

function checkOperationsSize(
  operations: readonly ObjectOperation[],
  { objects, maxMessageSize: limit }: Channel,
): number {
  let size = 0;
  for (const operation of operations) size += sizeOfOperation(operation);
  if (objects.bytesAbove(MAX_TOTAL - size) + size > MAX_TOTAL) {
    throw serviceError(
      ServiceCode.ObjectMessageTooLarge,
      `The objects of the channel would have more than ${MAX_TOTAL} bytes`,
    );
  }
  if (size <= limit) return size;
  throw serviceError(
    ServiceCode.MessageTooLarge,
    `The size of the operations is ${size} bytes, the maximum is ${limit} bytes`,
  );
}
