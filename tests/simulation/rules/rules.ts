import { CALL_RULES } from "./call_rules.ts";
import { CONNECTION_RULES } from "./connection_rules.ts";
import { MESSAGE_RULES } from "./message_rules.ts";
import type { Rule } from "./rule.ts";
import { STATE_RULES } from "./state_rules.ts";

/** The rules. */
export const RULES: readonly Rule[] = [
  ...MESSAGE_RULES,
  ...CALL_RULES,
  ...CONNECTION_RULES,
  ...STATE_RULES,
];
