import type { ProtocolMessage } from "../../protocol/protocol_message.ts";

/** The attributes that a message or presence message takes from its frame. */
interface Item {
  id?: string;
  connectionId?: string;
  timestamp?: number;
}

/** Takes the attributes that an item lacks from its frame (TM2a, TM2c, TM2f, TP3a, TP3d, TP3g). */
export function fillIn(item: Item, frame: ProtocolMessage, index: number): void {
  fillInOrigin(item, frame, index);
  if (item.connectionId == null && frame.connectionId != null) {
    item.connectionId = frame.connectionId;
  }
}

/** The same without the connectionId, which annotations do not have (TAN2). */
export function fillInOrigin(
  item: Omit<Item, "connectionId">,
  frame: ProtocolMessage,
  index: number,
): void {
  if (item.id == null && frame.id != null) item.id = `${frame.id}:${index}`;
  if (item.timestamp == null && frame.timestamp != null) item.timestamp = frame.timestamp;
}
