import type { ObjectData, ObjectsMapSemantics } from "./api_messages.ts";
import type { ObjectCallOptions } from "./api_calls.ts";
import type { Binary, JsonArray, JsonObject, JsonScalar } from "./api_values.ts";

/** The selection of objects to read. */
export interface RestObjectGetParams extends ObjectCallOptions {
  /** The object to start from; by default the root. */
  objectId?: string | null;
  /** A path from that object, with dots between its keys. */
  path?: string | null;
  /** Whether to get plain values, which is the default, or objects with their ids and the types of their values. */
  compact?: boolean | null;
}

/** A request for plain values. */
export interface RestObjectGetCompactParams extends RestObjectGetParams {
  /** Plain values. */
  compact?: true | null;
}

/** A request for objects with their ids and the types of their values. */
export interface RestObjectGetFullParams extends RestObjectGetParams {
  /** False, for the full form. */
  compact: false;
}

/**
 * Plain values: maps are objects, counters are numbers. JSON values are text. Binary data is base64 in a client that uses JSON.
 */
export type RestObjectGetCompactResult =
  | JsonScalar
  | Uint8Array<ArrayBuffer>
  | { [key: string]: RestObjectGetCompactResult };

/** An object with its contents, or a value. */
export type RestObjectGetFullResult = RestLiveObject | ObjectData;

/** An object with its contents. */
export type RestLiveObject = RestLiveMap | RestLiveCounter | AnyRestLiveObject;

/** A map with its contents. */
export interface RestLiveMap {
  /** Its id. */
  objectId: string;
  /** The content. */
  map: {
    /** The rule for conflicts. */
    semantics: ObjectsMapSemantics;
    /** The entries by key. */
    entries: Record<string, RestObjectDataMapEntry | RestLiveObjectMapEntry>;
  };
}

/** A counter. */
export interface RestLiveCounter {
  /** Its id. */
  objectId: string;
  /** The content. */
  counter: {
    /** The value. */
    data: {
      /** The value of the counter. */
      number: number;
    };
  };
}

/** An object of another type. Or an object that contains this view, with only its id. */
export interface AnyRestLiveObject {
  /** Its id. */
  objectId: string;
}

/** An entry with a value, decoded. */
export interface RestObjectDataMapEntry {
  /** The value. */
  data: ObjectData;
}

/** An entry with an object. */
export interface RestLiveObjectMapEntry {
  /** The object. */
  data: RestLiveObject;
}

/** A value to publish, with its kind. */
export type PublishObjectData =
  | { string: string }
  | { number: number }
  | { boolean: boolean }
  | { bytes: Binary }
  | { json: JsonArray | JsonObject }
  | { objectId: string };

/** The members that all operations have. */
export interface RestObjectOperationBase {
  /** Makes the operation idempotent; in an array, `<base>:<index>`. The client adds ids unless one is given. */
  id?: string;
}

/** The object to change. */
export type RestObjectTarget =
  | { objectId: string; path?: undefined }
  /** Or several objects: `*` stands for every key of one map. */
  | { path: string; objectId?: undefined };

/** The initial content of a new map. */
export interface RestObjectOperationMapCreateBody {
  /** The rule for conflicts, and the entries by key. */
  mapCreate: {
    semantics: Exclude<ObjectsMapSemantics, "unknown">;
    entries: Record<string, { data: PublishObjectData }>;
  };
}

/** The initial content of a new counter. */
export interface RestObjectOperationCounterCreateBody {
  /** The initial value. */
  counterCreate: { count: number };
}

/** Creates a map. With a path, it is also set there. */
export type RestObjectOperationMapCreate =
  & RestObjectOperationBase
  & { path?: string }
  & RestObjectOperationMapCreateBody;

/** Creates a counter. With a path, it is also set there. */
export type RestObjectOperationCounterCreate =
  & RestObjectOperationBase
  & { path?: string }
  & RestObjectOperationCounterCreateBody;

/** Creates a map with an id from `generateObjectId()`. */
export type RestObjectOperationMapCreateWithObjectId = RestObjectOperationBase & {
  objectId: string;
  mapCreateWithObjectId: { initialValue: string; nonce: string };
};

/** Creates a counter with an id from `generateObjectId()`. */
export type RestObjectOperationCounterCreateWithObjectId = RestObjectOperationBase & {
  objectId: string;
  counterCreateWithObjectId: { initialValue: string; nonce: string };
};

/** Sets a key. */
export type RestObjectOperationMapSet =
  & RestObjectOperationBase
  & RestObjectTarget
  & { mapSet: { key: string; value: PublishObjectData } };

/** Removes a key. */
export type RestObjectOperationMapRemove =
  & RestObjectOperationBase
  & RestObjectTarget
  & { mapRemove: { key: string } };

/** Adds to a counter. */
export type RestObjectOperationCounterInc =
  & RestObjectOperationBase
  & RestObjectTarget
  & { counterInc: { number: number } };

/** An operation on an object. The member that begins with `map` or `counter` determines its kind. */
export type RestObjectOperation =
  | RestObjectOperationMapCreate
  | RestObjectOperationMapCreateWithObjectId
  | RestObjectOperationMapSet
  | RestObjectOperationMapRemove
  | RestObjectOperationCounterCreate
  | RestObjectOperationCounterCreateWithObjectId
  | RestObjectOperationCounterInc;

/** The result of a publish. */
export interface RestObjectPublishResult {
  /** The id of the message. */
  messageId: string;
  /** The channel. */
  channel: string;
  /** The objects that were created or changed. */
  objectIds: string[];
}

/** The id of an object that is not created yet, and the parts of the id. */
export interface RestObjectGenerateIdResult {
  /** The id. */
  objectId: string;
  /** Random text that makes the id unique. */
  nonce: string;
  /** The initial content of the object as JSON. */
  initialValue: string;
}

/** The objects of a channel over REST. */
export interface RestObject {
  /**
   * Reads objects as plain values.
   *
   * @throws {ErrorInfo} 40003 if a parameter is of a wrong type; 92004 or 92005 if there is no such object or path, or the
   * error of the service.
   */
  get(params?: RestObjectGetCompactParams | null): Promise<RestObjectGetCompactResult>;
  /** Reads objects with their ids and the types of their values. Bytes and JSON are decoded. */
  get(params: RestObjectGetFullParams): Promise<RestObjectGetFullResult>;
  /** Reads objects in either form. */
  get(
    params?: RestObjectGetParams | null,
  ): Promise<RestObjectGetCompactResult | RestObjectGetFullResult>;
  /**
   * Publishes operations. Those in an array succeed or fail together.
   *
   * @throws {ErrorInfo} 40003 for a value that is not an operation, 40013 for a value that cannot be stored; or the error of
   * the service.
   */
  publish(
    operations: RestObjectOperation | readonly RestObjectOperation[],
    options?: ObjectCallOptions | null,
  ): Promise<RestObjectPublishResult>;
  /**
   * Makes the id of an object, so that operations of one array can refer to the object that another one creates.
   *
   * @throws {ErrorInfo} 40003 without an initial value, or with two; or the error of requesting the service's time.
   */
  generateObjectId(
    create: RestObjectOperationMapCreateBody | RestObjectOperationCounterCreateBody,
    options?: ObjectCallOptions | null,
  ): Promise<RestObjectGenerateIdResult>;
}
