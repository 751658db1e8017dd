import * as actions from "./all_actions.ts";

/** The actions of protocol messages, by number on the wire (TR2). */
export const Action: typeof actions = actions;

/** The action of a protocol message (TR2). */
export type Action = typeof actions[keyof typeof actions];
