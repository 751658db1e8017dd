import * as Action from "../../src/protocol/action_numbers.ts";
import { actionName } from "../../src/protocol/actions.ts";
import { assertEquals, test } from "../harness.ts";

test("TR2, RTF1: an action is logged by its name, an unknown one by its number", () => {
  for (const [name, action] of Object.entries(Action)) assertEquals(actionName(action), name);
  for (const unknown of [-1, 1.5, 22, Infinity]) assertEquals(actionName(unknown), String(unknown));
});
