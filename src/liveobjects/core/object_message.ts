import type { StoredValue } from "./object_value.ts";

/** The id of the map that every channel has (RTO3b). */
export const ROOT = "root";

/** One entry of a map. It is removed if, and only if, `tombstonedAt` is set (OME2, RTLM3a1). */
export interface MapEntry {
  /** The value; undefined if it was removed, or is of a kind that this version does not know (OME2c). */
  readonly value: StoredValue | undefined;
  /** The serial of the last operation on it; empty if unknown (OME2b). */
  readonly timeserial: string;
  /** When it was removed, in milliseconds since the Unix epoch (OME2a, OME2d). */
  readonly tombstonedAt: number | undefined;
}

/** The initial content of a map (MCR2). */
export interface MapCreate {
  /** The number on the wire; 0 is "last write wins" (OMP2). */
  readonly semantics: number;
  /** The entries by key (MCR2b). */
  readonly entries: Map<string, MapEntry>;
}

/** The state of a map (OMP3). */
export interface MapState extends MapCreate {
  /** The serial of the last MAP_CLEAR; empty if there was none (OMP3c). */
  readonly clearTimeserial: string;
}

/** An operation on an object (OOP3), with the members that fit the action. */
export interface ObjectOperation {
  /** A number of `object_action.ts`, or one that this version does not know (OOP2a). */
  readonly action: number;
  /** The object that it changes (OOP3b). */
  readonly objectId: string;
  readonly mapCreate?: MapCreate;
  readonly mapSet?: { readonly key: string; readonly value: StoredValue | undefined };
  readonly mapRemove?: { readonly key: string };
  readonly counterCreate?: { readonly count?: number };
  readonly counterInc?: { readonly number?: number };
  readonly objectDelete?: object;
  readonly mapClear?: object;
  /** The parts of the id, if this client generated it. They are sent instead of `mapCreate` or `counterCreate`. */
  readonly madeOf?: { readonly initialValue: string; readonly nonce: string };
}

/** The state of an object from the service (OST2). */
export interface ObjectState {
  readonly objectId: string;
  /** The serial of the last operation of each site, by site (OST2b). */
  readonly siteTimeserials: readonly (readonly [site: string, serial: string])[];
  readonly tombstone: boolean;
  readonly createOp?: ObjectOperation;
  /** Without the values from `createOp` (OST2e). */
  readonly map?: MapState;
  /** Without the value from `createOp` (OST2f). */
  readonly counter?: { readonly count?: number };
}

/** The metadata of an operation or a state (OM2). */
export interface ObjectMetadata {
  readonly id?: string;
  readonly clientId?: string;
  readonly connectionId?: string;
  readonly timestamp?: number;
  readonly extras?: unknown;
  readonly serial?: string;
  readonly serialTimestamp?: number;
  readonly siteCode?: string;
}

/** An object message, received or to be sent: an operation on an object, or a state (OM2). */
export interface ObjectMessage extends ObjectMetadata {
  readonly operation?: ObjectOperation;
  readonly object?: ObjectState;
}

/** A message that carries an operation. */
export interface OperationMessage extends ObjectMessage {
  readonly operation: ObjectOperation;
}

/** A message that carries a state. */
export interface StateMessage extends ObjectMessage {
  readonly object: ObjectState;
}
