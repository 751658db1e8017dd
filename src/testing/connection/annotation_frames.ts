import type { Format } from "../../encoding/chain.ts";
import type { ProtocolMessage } from "../../protocol/protocol_message.ts";
import { annotate } from "../core/annotate.ts";
import { parsePublishable } from "../core/channel_name.ts";
import { publisherOf } from "../core/publisher.ts";
import { acknowledge } from "./acknowledge.ts";
import type { Connection } from "./client_connection.ts";
import { requireOperation } from "./permission.ts";

/** Handles ANNOTATION. */
export function annotation(connection: Connection, message: ProtocolMessage, format: Format): void {
  acknowledge(connection, message, () => {
    const name = parsePublishable(message.channel ?? "");
    requireOperation(connection, name.full, "annotation_publish");
    return annotate(connection.app.channel(name.base), message.annotations, {
      publisher: publisherOf(connection.grant, connection.id),
      format,
      frameId: `${connection.id}:${message.msgSerial ?? 0}`,
    });
  });
}
