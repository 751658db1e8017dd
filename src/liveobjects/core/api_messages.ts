import type { Json } from "./api_values.ts";

/** The effect of an operation (OOP2). `"unknown"` for operations that this version does not know. */
export type ObjectOperationAction =
  | "map.create"
  | "map.set"
  | "map.remove"
  | "map.clear"
  | "counter.create"
  | "counter.inc"
  | "object.delete"
  | "unknown";

/**
 * The rule for conflicts in a map: `"lww"`, the last write wins. `"unknown"` for rules that this version does not know (OMP2).
 */
export type ObjectsMapSemantics = "lww" | "unknown";

/** A value of a map, with exactly one of the members (OD2). */
export interface ObjectData {
  /** The object that it refers to (OD2a). */
  objectId?: string;
  /** OD2c */
  boolean?: boolean;
  /** Binary data (OD2d). */
  bytes?: Uint8Array<ArrayBuffer>;
  /** OD2e */
  number?: number;
  /** OD2f */
  string?: string;
  /** An object or array, decoded (OD2g). */
  json?: Json;
}

/** An entry of a map (OME2). */
export interface ObjectsMapEntry {
  /** Whether it has been removed (OME2a). */
  tombstone?: boolean;
  /** The serial of the last operation on it (OME2b). */
  timeserial?: string;
  /** When it was removed, in milliseconds since the Unix epoch (OME2d). */
  serialTimestamp?: number;
  /** The value (OME2c). */
  data?: ObjectData;
}

/** The initial content of a map (MCR2). */
export interface MapCreate {
  /** The rule for conflicts (MCR2a). */
  semantics: ObjectsMapSemantics;
  /** The entries by key (MCR2b). */
  entries: Record<string, ObjectsMapEntry>;
}

/** The payload of a set (MST1, MST2). */
export interface MapSet {
  /** The key (MST2a). */
  key: string;
  /** The value (MST2b). */
  value: ObjectData;
}

/** The payload of a removal (MRM1, MRM2). */
export interface MapRemove {
  /** The key (MRM2a). */
  key: string;
}

/** The initial content of a counter (CCR1, CCR2). */
export interface CounterCreate {
  /** The initial value (CCR2a). */
  count: number;
}

/** The change of a counter (CIN1, CIN2). */
export interface CounterInc {
  /** The amount (CIN2a). */
  number: number;
}

/** The deletion of an object (ODE1, ODE2). */
export type ObjectDelete = Record<string, never>;

/** The clearing of a map (MCL1, MCL2). */
export type MapClear = Record<string, never>;

/** An operation on an object, as users see it (PAOOP1, PAOOP2), with the member that fits the action. */
export interface ObjectOperation {
  /** The effect of the operation (PAOOP2a). */
  action: ObjectOperationAction;
  /** The object that it changes (PAOOP2b). */
  objectId: string;
  /** PAOOP2c */
  mapCreate?: MapCreate;
  /** PAOOP2d */
  mapSet?: MapSet;
  /** PAOOP2e */
  mapRemove?: MapRemove;
  /** PAOOP2f */
  counterCreate?: CounterCreate;
  /** PAOOP2g */
  counterInc?: CounterInc;
  /** PAOOP2h */
  objectDelete?: ObjectDelete;
  /** PAOOP2i */
  mapClear?: MapClear;
}

/** The message that caused a change (PAOM1, PAOM2). For changes by this client, the optional members may be absent. */
export interface ObjectMessage {
  /** PAOM2a */
  id?: string;
  /** The publisher (PAOM2b). */
  clientId?: string;
  /** PAOM2c */
  connectionId?: string;
  /** When the service received it, in milliseconds since the Unix epoch (PAOM2d). */
  timestamp?: number;
  /** The channel (PAOM2e). */
  channel: string;
  /** The effect of the operation (PAOM2f). */
  operation: ObjectOperation;
  /** The identifier of the operation (PAOM2g). */
  serial?: string;
  /** The time in `serial` (PAOM2h). */
  serialTimestamp?: number;
  /** The site that accepted the operation (PAOM2i). */
  siteCode?: string;
  /** Further data of the publisher (PAOM2j). */
  extras?: Record<string, Json>;
}
