/**
 * The actions, for an object with all of them: bundlers put it beside the code of this module, which is not loaded by clients.
 *
 * @module
 */
export * from "../protocol/action_numbers.ts";
