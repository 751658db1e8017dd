import * as ObjectAction from "./object_action.ts";
import type { Format } from "../../encoding/chain.ts";
import type {
  WireMap,
  WireMapEntry,
  WireObjectMessage,
  WireObjectOperation,
} from "../../protocol/wire_object_message.ts";
import type { MapCreate, ObjectOperation } from "./object_message.ts";
import { encodeNumber, encodeValue } from "./object_value.ts";

/** Writes an operation for the wire (OM4). A creation is sent as the parts of its id (RTLCV4g5, RTLMV4j5). */
export function encodeOperation(operation: ObjectOperation, format: Format): WireObjectMessage {
  const { action, objectId, mapSet, mapRemove, counterInc, madeOf } = operation;
  const wire: WireObjectOperation = { action, objectId };
  if (counterInc) wire.counterInc = { number: encodeNumber(counterInc.number!, format) };
  if (mapSet) wire.mapSet = { key: mapSet.key, value: encodeValue(mapSet.value!, format) };
  if (mapRemove) wire.mapRemove = { ...mapRemove };
  if (madeOf) {
    const isMap = action === ObjectAction.MapCreate;
    wire[isMap ? "mapCreateWithObjectId" : "counterCreateWithObjectId"] = { ...madeOf };
  }
  return { operation: wire };
}

/** Writes the initial content of a map (RTLMV4f1): in the format of the frame, or as JSON for the hash. */
export function encodeMap({ semantics, entries }: MapCreate, format: Format): WireMap {
  const wires = [...entries].map(([key, { value }]): [string, WireMapEntry] => [
    key,
    { data: encodeValue(value!, format) },
  ]);
  return { semantics, entries: Object.fromEntries(wires) };
}
