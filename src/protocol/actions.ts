import * as Action from "./action_numbers.ts";
import * as Flag from "./flag_bits.ts";

// For the tests. The library imports the modules, which makes bundles smaller.
export { Action, Flag };

/** The names of the actions, by number. */
const ACTION_NAMES = /* @__PURE__ */
  "Heartbeat Ack Nack Connect Connected Disconnect Disconnected Close Closed Error Attach Attached Detach Detached Presence Message Sync Auth Activate Object ObjectSync Annotation"
    .split(" ");

/** The name of an action, for logs; the number if this module does not know it (RTF1). */
export function actionName(action: number): string {
  return ACTION_NAMES[action] ?? String(action);
}

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

const MODES = /* @__PURE__ */ Object.keys(MODE_FLAGS) as ResolvedChannelMode[];

/** Channel modes as a bitfield (RTL4l). */
export function modesToFlags(modes: readonly ResolvedChannelMode[]): number {
  return modes.reduce((flags, mode) => flags | MODE_FLAGS[mode], 0);
}

/** The channel modes in a bitfield; other flags are ignored (RTL4m). */
export function flagsToModes(flags: number): ResolvedChannelMode[] {
  return MODES.filter((mode) => (flags & MODE_FLAGS[mode]) !== 0);
}
