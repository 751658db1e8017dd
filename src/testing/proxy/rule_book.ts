import type { ProtocolMessage } from "../../protocol/protocol_message.ts";
import {
  type FrameMatchType,
  isOfAction,
  type ProxyAction,
  type ProxyMatch,
  type ProxyRule,
} from "./proxy_rule.ts";

/** An event that a rule may match. */
export type Passing =
  | { type: "ws_connect" | "delay_after_ws_connect"; url: URL }
  | { type: FrameMatchType; message: ProtocolMessage | undefined }
  | { type: "http_request"; method: string; url: URL };

/** A rule that applies. */
export interface Due {
  readonly action: ProxyAction;
  /** The time after the connection opened, in milliseconds. */
  readonly delayMs: number;
  /** The name of the rule in the log. */
  readonly name: string;
}

interface Entry {
  readonly rule: ProxyRule;
  readonly name: string;
  seen: number;
  left: number;
}

/** The rules of a session, and the number of times that each has applied. */
export class RuleBook {
  #entries: Entry[] = [];
  #count = 0;

  /** Adds rules before or after the others. */
  add(rules: readonly ProxyRule[], position: "prepend" | "append" = "append"): void {
    const entries = rules.map((rule): Entry => ({
      rule,
      name: rule.comment ?? `rule ${++this.#count}`,
      seen: 0,
      left: rule.times ?? Infinity,
    }));
    this.#entries = position === "prepend"
      ? [...entries, ...this.#entries]
      : [...this.#entries, ...entries];
  }

  /** The first rule that applies. */
  first(passing: Passing): Due | undefined {
    // Match all rules, so that each one counts its occurrences even if an earlier rule applies.
    const [first] = this.#matching(passing);
    return first && use(first);
  }

  /** All rules that apply. */
  all(passing: Passing): Due[] {
    return this.#matching(passing).map(use);
  }

  #matching(passing: Passing): Entry[] {
    return this.#entries.filter((entry) => {
      const { match } = entry.rule;
      if (!matches(match, passing)) return false;
      entry.seen++;
      return entry.left > 0 && (match.count === undefined || match.count === entry.seen);
    });
  }
}

function use(entry: Entry): Due {
  entry.left--;
  const { rule, name } = entry;
  return { action: rule.action, delayMs: rule.match.delayMs, name };
}

function matches(match: ProxyMatch, passing: Passing): boolean {
  if (match.type === "http_request") {
    return passing.type === "http_request" &&
      (match.method === undefined ||
        match.method.toUpperCase() === passing.method.toUpperCase()) &&
      decodedPath(passing.url).includes(match.pathContains ?? "");
  }
  if (match.type === "ws_frame_to_client" || match.type === "ws_frame_to_server") {
    return passing.type === match.type &&
      (match.action === undefined || isOfAction(passing.message, match.action)) &&
      (match.channel === undefined || passing.message?.channel === match.channel);
  }
  return passing.type === match.type && "queryContains" in match &&
    Object.entries(match.queryContains).every(([name, wanted]) => {
      const value = passing.url.searchParams.get(name);
      return value !== null && (wanted === "*" || value === wanted);
    });
}

/** The path with its escapes decoded. */
function decodedPath({ pathname, search }: URL): string {
  try {
    return `${pathname}${search} ${decodeURIComponent(pathname)}`;
  } catch {
    return `${pathname}${search}`;
  }
}
