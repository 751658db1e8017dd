import { actionNumber, isOfAction as isFrameOfAction } from "../core/frame_action.ts";
import type { ProtocolMessage } from "../../protocol/protocol_message.ts";

/** The event that a proxy rule matches. */
export type ProxyMatch =
  & (
    | { type: "ws_connect" | "delay_after_ws_connect"; queryContains: Record<string, string> }
    | { type: FrameMatchType; action?: string; channel?: string }
    | { type: "http_request"; method?: string; pathContains?: string }
  )
  & {
    /** Matches only this occurrence, counted from 1. */
    count?: number;
    /** The time after the connection opened, in milliseconds. */
    delayMs: number;
  };

/** The direction that a frame takes. */
export type FrameMatchType = "ws_frame_to_client" | "ws_frame_to_server";

/** The action of a proxy rule, or an action to perform at once. */
export interface ProxyAction {
  readonly type: typeof ACTIONS[number];
  /** The delay, in milliseconds. */
  readonly delayMs: number;
  readonly closeCode: number;
  /** The frame to inject or to send instead. */
  readonly message?: ProtocolMessage;
  readonly status: number;
  readonly body?: unknown;
  readonly headers: Record<string, string>;
}

/** A rule of the proxy. */
export interface ProxyRule {
  readonly match: ProxyMatch;
  readonly action: ProxyAction;
  /** The number of times it applies; unlimited if absent. */
  readonly times?: number;
  /** A comment, which becomes its name in the log. */
  readonly comment?: string;
}

const MATCHES = [
  "ws_connect",
  "ws_frame_to_client",
  "ws_frame_to_server",
  "http_request",
  "delay_after_ws_connect",
] as const;

const ACTIONS = [
  "passthrough",
  "refuse_connection",
  "accept_and_close",
  "disconnect",
  "close",
  "suppress",
  "suppress_onwards",
  "delay",
  "inject_to_client",
  "inject_to_client_and_close",
  "replace",
  "http_respond",
  "http_delay",
  "http_drop",
] as const;

/** The actions that send a frame, which must be given. */
const SPEAKING: readonly string[] = ["inject_to_client", "inject_to_client_and_close", "replace"];

const NORMAL_CLOSURE = 1000;

/**
 * Reads rules.
 *
 * @throws {TypeError} If one of them is not valid; the message says why.
 */
export function readRules(value: unknown): ProxyRule[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new TypeError("The rules must be a list");
  return value.map(readRule);
}

/**
 * Reads an action.
 *
 * @throws {TypeError} If it is not valid; the message says why.
 */
export function readAction(value: unknown): ProxyAction {
  const given = record(value, "An action");
  const type = oneOf(ACTIONS, given.type, "action");
  const message = given.message;
  if (SPEAKING.includes(type)) {
    const { action } = record(message, `The message of ${type}`);
    if (actionNumber(action) === undefined) throw new TypeError("A message needs an action");
  }
  return {
    type,
    delayMs: amount(given.delayMs, "delayMs") ?? 0,
    closeCode: amount(given.closeCode ?? given.code, "closeCode") ?? NORMAL_CLOSURE,
    ...(SPEAKING.includes(type) && { message: toMessage(message as Record<string, unknown>) }),
    status: amount(given.status, "status") ?? 200,
    body: given.body ?? undefined,
    headers: texts(given.headers, "headers"),
  };
}

/** Whether a frame has the action of a match, given by name or by number. */
export function isOfAction(message: ProtocolMessage | undefined, wanted: string): boolean {
  return message !== undefined && isFrameOfAction(message.action, wanted);
}

function readRule(value: unknown): ProxyRule {
  const given = record(value, "A rule");
  const times = amount(given.times, "times");
  return {
    match: readMatch(given.match),
    action: readAction(given.action),
    // Clients in other languages send 0 for an absent value, so 0 means no limit.
    ...(times !== undefined && times > 0 && { times }),
    ...(typeof given.comment === "string" && given.comment !== "" && { comment: given.comment }),
  };
}

function readMatch(value: unknown): ProxyMatch {
  const given = record(value, "A match");
  const type = oneOf(MATCHES, given.type, "match");
  const count = amount(given.count, "count");
  const common = {
    ...(count !== undefined && count > 0 && { count }),
    delayMs: amount(given.delayMs, "delayMs") ?? 0,
  };
  switch (type) {
    case "http_request":
      return {
        type,
        method: text(given.method, "method"),
        pathContains: text(given.pathContains, "pathContains"),
        ...common,
      };
    case "ws_frame_to_client":
    case "ws_frame_to_server":
      return {
        type,
        action: text(given.action, "action"),
        channel: text(given.channel, "channel"),
        ...common,
      };
    default:
      return { type, queryContains: texts(given.queryContains, "queryContains"), ...common };
  }
}

/** A message whose action may be written as a name. */
function toMessage(given: Record<string, unknown>): ProtocolMessage {
  return { ...given, action: actionNumber(given.action)! } as ProtocolMessage;
}

function record(value: unknown, what: string): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw new TypeError(`${what} must be an object`);
}

function oneOf<T extends string>(known: readonly T[], value: unknown, what: string): T {
  const found = known.find((each) => each === value);
  if (found !== undefined) return found;
  throw new TypeError(`The type of ${what} must be one of ${known.join(", ")}, got ${value}`);
}

function amount(value: unknown, name: string): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "number" && Number.isFinite(value) && value >= 0) return value;
  throw new TypeError(`The member ${name} must be a number that is not negative`);
}

/** Accepts text; actions may be numbers, too. */
function text(value: unknown, name: string): string | undefined {
  if (value === undefined || value === null || value === "") return undefined;
  if (typeof value === "string" || typeof value === "number") return String(value);
  throw new TypeError(`The member ${name} must be text`);
}

function texts(value: unknown, name: string): Record<string, string> {
  const given = Object.entries(record(value ?? {}, `The member ${name}`));
  return Object.fromEntries(given.map(([key, each]) => [key, String(each)]));
}
