import type { Float64 } from "./float64.ts";

/** A number on the wire: plain in JSON, and wrapped for MessagePack (OD4c3, OD4d3). */
export type WireNumber = number | Float64;

/** A value of a map on the wire. Exactly one of the members with a value is present (OD1, OD2). */
export interface WireObjectData {
  /** The object that it refers to (OD2a). */
  objectId?: string;
  /** `"json"` if `string` holds JSON text (OD4c5, OD4d5). */
  encoding?: string;
  /** OD2c */
  boolean?: boolean;
  /** Bytes in MessagePack, base64 in JSON (OD2d). */
  bytes?: string | Uint8Array<ArrayBuffer>;
  /** OD2e */
  number?: WireNumber;
  /** OD2f */
  string?: string;
  /** JSON text (OD2g). */
  json?: string;
}

/** An entry of a map on the wire (OME1, OME2). */
export interface WireMapEntry {
  /** Whether the entry has been removed (OME2a). */
  tombstone?: boolean;
  /** The serial of the last operation on it (OME2b). */
  timeserial?: string;
  /** The value (OME2c). */
  data?: WireObjectData;
  /** When it was removed (OME2d). */
  serialTimestamp?: number;
}

/** A map on the wire, in its creation or in a state (MCR1, MCR2, OMP1, OMP3, OMP3a). */
export interface WireMap {
  /** The rule for conflicts: 0 means that the last write wins (OMP2). */
  semantics?: number;
  /** The entries by key (OMP3b). */
  entries?: Record<string, WireMapEntry>;
  /** The serial of the last MAP_CLEAR (OMP3c). */
  clearTimeserial?: string;
}

/** A creation with an id from the client (MCRO1, MCRO2, CCRO1, CCRO2). */
export interface WireCreateWithObjectId {
  /** JSON text of the initial value (MCRO2a, CCRO2a). */
  initialValue: string;
  /** Random text that makes the id unique (MCRO2b, CCRO2b). */
  nonce: string;
}

/** An operation on an object, on the wire (OOP1, OOP3). */
export interface WireObjectOperation {
  /** OOP3a */
  action: number;
  /** OOP3b */
  objectId: string;
  /** OOP3j */
  mapCreate?: WireMap;
  /** OOP3k */
  mapSet?: { key: string; value: WireObjectData };
  /** OOP3l */
  mapRemove?: { key: string };
  /** OOP3m */
  counterCreate?: { count?: WireNumber };
  /** OOP3n */
  counterInc?: { number: WireNumber };
  /** OOP3o */
  objectDelete?: Record<string, never>;
  /** OOP3p */
  mapCreateWithObjectId?: WireCreateWithObjectId;
  /** OOP3q */
  counterCreateWithObjectId?: WireCreateWithObjectId;
  /** OOP3r */
  mapClear?: Record<string, never>;
}

/** The state of an object, on the wire (OST1, OST2). */
export interface WireObjectState {
  /** OST2a */
  objectId: string;
  /** The serial of the last operation of each site (OST2b). */
  siteTimeserials: Record<string, string>;
  /** OST2c */
  tombstone?: boolean;
  /** OST2d */
  createOp?: WireObjectOperation;
  /** Without the values from `createOp` (OST2e). */
  map?: WireMap;
  /** Without the value from `createOp` (OST2f). */
  counter?: { count?: WireNumber }; // OCN1–OCN2a
}

/** An operation on an object, or the state of one, on the wire: an element of `state` in OBJECT and OBJECT_SYNC (OM1, OM2). */
export interface WireObjectMessage {
  /** OM2a */
  id?: string;
  /** OM2b */
  clientId?: string;
  /** OM2c */
  connectionId?: string;
  /** OM2d */
  extras?: unknown;
  /** OM2e */
  timestamp?: number;
  /** OM2f */
  operation?: WireObjectOperation;
  /** OM2g */
  object?: WireObjectState;
  /** OM2h */
  serial?: string;
  /** OM2j */
  serialTimestamp?: number;
  /** OM2i */
  siteCode?: string;
}
