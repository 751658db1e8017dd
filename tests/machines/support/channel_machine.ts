import { ErrorInfo } from "../../../src/errors.ts";
import type {
  ChannelEffect,
  ChannelInput,
  ChannelStatus,
} from "../../../src/realtime/channel/channel_state.ts";
import type { ChannelTransition } from "../../../src/realtime/channel/channel_state_machine.ts";

/** Why something happened, in the tests. */
export const REASON = new ErrorInfo("Reason", 12345, 400);

/** Every state of a channel, with data that can be told apart. */
export const STATUSES = {
  "initialized": { name: "initialized" },
  "attaching(2)": { name: "attaching", retries: 2 },
  "attaching(2), then detach": { name: "attaching", retries: 2, then: "detach" },
  "attaching(2), then release": { name: "attaching", retries: 2, then: "release" },
  "attached": { name: "attached" },
  "detaching": { name: "detaching", from: "attached" },
  "detaching, then attach": { name: "detaching", from: "attached", then: "attach" },
  "detaching again": { name: "detaching", from: "detached" },
  "detached": { name: "detached" },
  "suspended(2)": { name: "suspended", retries: 2 },
  "failed": { name: "failed" },
} as const satisfies Record<string, ChannelStatus>;

/** Everything that can happen to a channel, see {@linkcode isOnline}. */
export const INPUTS = {
  "attach": { type: "attach" },
  "attach offline": { type: "attach" },
  "detach": { type: "detach" },
  "detach offline": { type: "detach" },
  "release": { type: "release" },
  "release offline": { type: "release" },
  "recover": { type: "recover", reason: REASON },
  "recover while closing": { type: "recover", reason: REASON },
  "negotiate": { type: "negotiate" },
  "negotiate offline": { type: "negotiate" },
  "ATTACHED": { type: "attached", resumed: false, hasBacklog: true, reason: REASON },
  "ATTACHED resumed": { type: "attached", resumed: true, hasBacklog: false },
  "DETACHED": { type: "detached", reason: REASON },
  "DETACHED while closing": { type: "detached" },
  "ERROR": { type: "error", reason: REASON },
  "connected": { type: "connection", event: "connected" },
  "connection offline": { type: "connection", event: "offline" },
  "connection suspended": { type: "connection", event: "suspended", reason: REASON },
  "connection closed": { type: "connection", event: "closed" },
  "connection failed": { type: "connection", event: "failed", reason: REASON },
  "connection reset": { type: "connection", event: "reset" },
  "answer due": { type: "due", timer: "answer" },
  "answer due offline": { type: "due", timer: "answer" },
  "retry due": { type: "due", timer: "retry" },
} as const satisfies Record<string, ChannelInput>;

/** Whether there is a connection when something happens. */
export function isOnline(event: string): boolean {
  return !event.endsWith(" offline") && !event.endsWith(" while closing");
}

/** A state in a word. */
export function nameOf(status: ChannelStatus): string {
  const then = "then" in status && status.then ? `, then ${status.then}` : "";
  switch (status.name) {
    case "attaching":
    case "suspended":
      return `${status.name}(${status.retries})${then}`;
    case "detaching":
      return (status.from === "attached" ? "detaching" : "detaching again") + then;
    default:
      return status.name;
  }
}

/**
 * A transition in a line: the state, unless it stays, and the effects in order. `+` starts and `-` stops a timer, capitals
 * are frames, `!` is what listeners hear.
 */
export function told(before: ChannelStatus, [after, effects]: ChannelTransition): string {
  const state = nameOf(before) === nameOf(after) ? [] : [`${nameOf(after)}:`];
  return [...state, ...effects.map(effectOf)].join(" ");
}

function effectOf(effect: ChannelEffect): string {
  switch (effect.do) {
    case "sendAttach":
      return "ATTACH";
    case "sendDetach":
      return "DETACH";
    case "proceed":
      return `(${effect.with})`;
    case "start":
      return effect.timer === "retry"
        ? `+retry(${effect.retries})`
        : effect.immediate
        ? "+answer(immediate)"
        : "+answer";
    case "stop":
      return `-${effect.timer}`;
    case "clearSerial":
      return "noSerial";
    case "clearError":
      return "noError";
    case "announce": {
      const { event, reason, resumed, hasBacklog } = effect;
      const details = [
        ...(reason ? [String(reason.code)] : []),
        ...(resumed ? ["resumed"] : []),
        ...(hasBacklog ? ["backlog"] : []),
      ];
      return `!${event}${details.length > 0 ? `[${details.join(" ")}]` : ""}`;
    }
  }
}
