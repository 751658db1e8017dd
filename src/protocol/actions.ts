/** The actions of protocol messages, by number on the wire (TR2). */
export const Action = {
  Heartbeat: 0,
  Ack: 1,
  Nack: 2,
  Connect: 3,
  Connected: 4,
  Disconnect: 5,
  Disconnected: 6,
  Close: 7,
  Closed: 8,
  Error: 9,
  Attach: 10,
  Attached: 11,
  Detach: 12,
  Detached: 13,
  Presence: 14,
  Message: 15,
  Sync: 16,
  Auth: 17,
  Activate: 18,
  Object: 19,
  ObjectSync: 20,
  Annotation: 21,
} as const;

/** The action of a protocol message (TR2). */
export type Action = typeof Action[keyof typeof Action];

const ACTION_NAMES = new Map<number, string>(
  Object.entries(Action).map(([name, action]) => [action, name]),
);

/** The name of an action, for logs; the number if this module does not know it (RTF1). */
export function actionName(action: number): string {
  return ACTION_NAMES.get(action) ?? String(action);
}

/** The bits of a protocol message's `flags` (TR3a–TR3h). */
export const Flag = {
  HasPresence: 1 << 0,
  HasBacklog: 1 << 1,
  Resumed: 1 << 2,
  Transient: 1 << 4,
  AttachResume: 1 << 5,
  HasObjects: 1 << 7,
} as const;

/** The channel modes with their bits (TB2d, TR3q–TR3z). */
export const MODE_FLAGS = {
  presence: 1 << 16,
  publish: 1 << 17,
  subscribe: 1 << 18,
  presence_subscribe: 1 << 19,
  annotation_publish: 1 << 21,
  annotation_subscribe: 1 << 22,
  object_subscribe: 1 << 24,
  object_publish: 1 << 25,
} as const satisfies Record<ResolvedChannelMode, number>;

/** An operation that a client may use on a channel it is attached to (TB2d, RTL4m). */
export type ResolvedChannelMode =
  | "presence"
  | "publish"
  | "subscribe"
  | "presence_subscribe"
  | "annotation_publish"
  | "annotation_subscribe"
  | "object_subscribe"
  | "object_publish";

/** An operation to use on a channel, in lower or upper case (TB2d). */
export type ChannelMode = ResolvedChannelMode | Uppercase<ResolvedChannelMode>;

/** Channel modes as a bitfield (RTL4l). */
export function modesToFlags(modes: readonly ResolvedChannelMode[]): number {
  return modes.reduce((flags, mode) => flags | MODE_FLAGS[mode], 0);
}

/** The channel modes in a bitfield; other flags are ignored (RTL4m). */
export function flagsToModes(flags: number): ResolvedChannelMode[] {
  return (Object.keys(MODE_FLAGS) as ResolvedChannelMode[]).filter((mode) =>
    (flags & MODE_FLAGS[mode]) !== 0
  );
}
