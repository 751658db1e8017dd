/**
 * The actions of protocol messages, by number on the wire (TR2). For `import * as Action`: bundlers then put the numbers in place
 * of the names.
 *
 * @module
 */
export const Heartbeat = 0;
export const Ack = 1;
export const Nack = 2;
export const Connect = 3;
export const Connected = 4;
export const Disconnect = 5;
export const Disconnected = 6;
export const Close = 7;
export const Closed = 8;
export const Error = 9;
export const Attach = 10;
export const Attached = 11;
export const Detach = 12;
export const Detached = 13;
export const Presence = 14;
export const Message = 15;
export const Sync = 16;
export const Auth = 17;
export const Activate = 18;
export const Object = 19;
export const ObjectSync = 20;
export const Annotation = 21;
