import * as Action from "../all_actions.ts";
import { actionName } from "../../protocol/actions.ts";

/** The name of a protocol action, as Ably's documentation writes it. */
export type ActionName = Uppercase<Exclude<keyof typeof Action, "ObjectSync">> | "OBJECT_SYNC";

const NUMBERS: ReadonlyMap<string, number> = new Map(
  Object.entries(Action).map(([name, action]) => [plain(name), action]),
);

/** The number of an action, given as a number, as digits or by name; undefined if there is no such action. */
export function actionNumber(action: unknown): number | undefined {
  if (typeof action === "number") return action;
  if (typeof action !== "string" || action === "") return undefined;
  return /^\d+$/.test(action) ? Number(action) : NUMBERS.get(plain(action));
}

/** Whether a frame has an action, given by number or by name. */
export function isOfAction(action: number, wanted: number | string): boolean {
  return action === wanted || action === actionNumber(wanted);
}

/** The name of an action, such as `OBJECT_SYNC`. */
export function nameOfAction(action: number): string {
  return actionName(action).replace(/(?<=[a-z])(?=[A-Z])/, "_").toUpperCase();
}

/** The name in a common form: `OBJECT_SYNC` and `ObjectSync` are the same. */
function plain(name: string): string {
  return name.replaceAll("_", "").toLowerCase();
}
