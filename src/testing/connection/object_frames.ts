import type { Format } from "../../encoding/chain.ts";
import type { ProtocolMessage } from "../../protocol/protocol_message.ts";
import { parsePublishable } from "../core/channel_name.ts";
import { publisherOf } from "../core/publisher.ts";
import { applyOperations } from "../objects/apply_operations.ts";
import { invalidOperation, type ObjectOperation } from "../objects/object_message.ts";
import { readOperation } from "../objects/read_operation.ts";
import { acknowledge, type Serials } from "./acknowledge.ts";
import type { Connection } from "./client_connection.ts";
import { requireOperation } from "./permission.ts";

/** Handles OBJECT. */
export function object(
  connection: Connection,
  message: ProtocolMessage,
  format: Format,
): void | Promise<void> {
  return acknowledge(connection, message, () => {
    const name = parsePublishable(message.channel ?? "");
    requireOperation(connection, name.full, "object_publish");
    if (!Array.isArray(message.state)) throw invalidOperation("the frame has no operations");
    const frameId = `${connection.id}:${message.msgSerial ?? 0}`;
    const publisher = publisherOf(connection.grant, connection.id);
    const channel = connection.app.channel(name.base);
    const read = message.state.map((item) => {
      const operation = readOperation((item as { operation?: unknown } | null)?.operation, format);
      // One that fails later must not go unheard if another fails at once.
      if (operation instanceof Promise) operation.catch(() => {});
      return operation;
    });
    const apply = (operations: ObjectOperation[]): Serials =>
      applyOperations(channel, operations, { publisher, frameId });
    // Only creates must wait, for the digest of their id.
    return read.some((item) => item instanceof Promise)
      ? Promise.all(read).then(apply)
      : apply(read as ObjectOperation[]);
  });
}
