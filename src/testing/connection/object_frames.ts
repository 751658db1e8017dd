import type { Format } from "../../encoding/chain.ts";
import type { ProtocolMessage } from "../../protocol/protocol_message.ts";
import { parsePublishable } from "../core/channel_name.ts";
import { publisherOf } from "../core/publisher.ts";
import { applyOperations } from "../objects/apply_operations.ts";
import { invalidOperation, type ObjectOperation } from "../objects/wire_operation.ts";
import { type GivenMessage, readOperation } from "../objects/read_operation.ts";
import { acknowledgeSteps } from "./acknowledge.ts";
import type { ResumableConnection } from "./resumable_connection.ts";
import { requireOperation } from "./permission.ts";

/** Handles OBJECT. */
export function object(
  connection: ResumableConnection,
  frame: ProtocolMessage,
  format: Format,
): void | Promise<void> {
  const name = () => parsePublishable(frame.channel ?? "");
  let broadcast = () => {};
  return acknowledgeSteps<ObjectOperation[]>(connection, frame, {
    read: () => {
      requireOperation(connection, name().full, "object_publish");
      if (!Array.isArray(frame.state)) throw invalidOperation("the frame has no operations");
      const read = frame.state.map((item) => {
        const given = (item as GivenMessage | null)?.operation;
        const operation = readOperation(given, format);
        // Mark later rejections as handled, in case an earlier operation fails first.
        if (operation instanceof Promise) operation.catch(() => {});
        return operation;
      });
      // Only create operations are asynchronous, because of the digest in their id.
      return read.some((item) => item instanceof Promise)
        ? Promise.all(read)
        : read as ObjectOperation[];
    },
    apply: (operations) => {
      connection.admit(operations.length);
      const given = frame.state as GivenMessage[];
      const applied = applyOperations(connection.app.channel(name().base), operations, {
        publisher: publisherOf(connection.grant, connection.id),
        frameId: `${connection.id}:${frame.msgSerial ?? 0}`,
        ids: given.map(({ id }) => typeof id === "string" && id !== "" ? id : undefined),
        extras: given.map(({ extras }) => extras ?? undefined), // OM2d
      });
      if (connection.app.objects.echoFirst) applied.broadcast();
      else broadcast = applied.broadcast;
      return applied.serials;
    },
    after: () => broadcast(),
  });
}
