import type { Format } from "../../encoding/chain.ts";
import type { ProtocolMessage } from "../../protocol/protocol_message.ts";
import { annotate } from "../core/annotate.ts";
import { parsePublishable } from "../core/channel_name.ts";
import { publisherOf } from "../core/publisher.ts";
import { acknowledge } from "./acknowledge.ts";
import type { ResumableConnection } from "./resumable_connection.ts";
import { requireOperation } from "./permission.ts";

/** Handles ANNOTATION. */
export function annotation(
  connection: ResumableConnection,
  frame: ProtocolMessage,
  format: Format,
): void {
  acknowledge(connection, frame, () => {
    const name = parsePublishable(frame.channel ?? "");
    requireOperation(connection, name.full, "annotation_publish");
    connection.admit(Array.isArray(frame.annotations) ? frame.annotations.length : 0);
    return annotate(connection.app.channel(name.base), frame.annotations, {
      publisher: publisherOf(connection.grant, connection.id),
      format,
      frameId: `${connection.id}:${frame.msgSerial ?? 0}`,
    });
  });
}
