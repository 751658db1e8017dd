import type { ErrorInfo } from "../../errors.ts";
import type { ChannelsEvent } from "../connection/connection_state.ts";
import { unanswered } from "./channel_errors.ts";
import type { ChannelEffect, ChannelEvent, ChannelInput, ChannelStatus } from "./channel_state.ts";

/** The next status, and the effects in their order. */
export type ChannelTransition = readonly [ChannelStatus, readonly ChannelEffect[]];

/** The status of a channel that is made. */
export const INITIALIZED: ChannelStatus = { name: "initialized" };

// The effects without values of their own are shared: a client can have thousands of channels.
const STOP_ANSWER: ChannelEffect = { do: "stop", timer: "answer" };
const STOP_RETRY: ChannelEffect = { do: "stop", timer: "retry" };
const STOP_ALL: readonly ChannelEffect[] = [STOP_ANSWER, STOP_RETRY];
const ASK_TO_ATTACH: readonly ChannelEffect[] = [
  { do: "sendAttach" },
  { do: "start", timer: "answer" },
];
const ASK_TO_DETACH: readonly ChannelEffect[] = [
  { do: "sendDetach" },
  { do: "start", timer: "answer" },
];
const ATTACHING: readonly ChannelEffect[] = [
  STOP_RETRY,
  ...ASK_TO_ATTACH,
  { do: "announce", event: "attaching" },
];
const CLEAR_SERIAL: ChannelEffect = { do: "clearSerial" };
const CLEAR_ERROR: ChannelEffect = { do: "clearError" };
const ATTACHING_ANEW: readonly ChannelEffect[] = [CLEAR_ERROR, ...ATTACHING];
const DETACHING: readonly ChannelEffect[] = [
  ...ASK_TO_DETACH,
  { do: "announce", event: "detaching" },
];

/**
 * A channel as a function from its state and an input to its next state and the effects (RTL2). It holds no timer and sends nothing; the caller carries out the effects in order.
 *
 * @param online Whether the connection can carry frames of the channel.
 */
export function transition(
  status: ChannelStatus,
  input: ChannelInput,
  online: boolean,
): ChannelTransition {
  const reaction = react(status, input, online);
  const [next, effects] = reaction;
  const then = "then" in status ? status.then : undefined;
  if (then === undefined || next.name === status.name) return reaction;
  // RTL4h, RTL5i. It comes first, so that calls by listeners of the change come after it.
  return [next, [{ do: "proceed", with: then }, ...effects]];
}

function react(status: ChannelStatus, input: ChannelInput, online: boolean): ChannelTransition {
  switch (input.type) {
    case "attach":
      return attach(status, online);
    case "detach":
    case "release":
      return detach(status, input.type, online);
    case "recover":
      if (status.name !== "attached") return [status, []];
      if (input.excess) return becomeSuspended(input.excess - 1, online, input.reason);
      return becomeAttaching(0, online, input.reason); // RTL18c
    case "negotiate":
      return negotiate(status, online);
    case "attached":
      return attached(status, input);
    case "detached":
      return detached(status, input, online);
    case "error": // RTL14; RTL2g: no event for a state that it has already
      return status.name === "failed" ? [status, []] : becomeFailed(input.reason);
    case "connection":
      return connection(status, input.event, input.reason);
    case "due":
      return input.timer === "retry" ? retryDue(status) : answerDue(status, online);
  }
}

function attach(status: ChannelStatus, online: boolean): ChannelTransition {
  switch (status.name) {
    case "attached": // RTL4a
      return [status, []];
    case "attaching": // The last call wins: it cancels a detach that was to follow.
      if (status.then !== "detach") return [status, []];
      return [{ name: "attaching", retries: status.retries }, []];
    case "detaching": // RTL4h
      return [{ ...status, then: "attach" }, []];
    case "suspended":
      return becomeAttaching(status.retries, online);
    default: {
      const [next, effects] = becomeAttaching(0, online);
      return [next, online ? ATTACHING_ANEW : [CLEAR_ERROR, ...effects]]; // RTL4g
    }
  }
}

/** RTL4c; without a connection the ATTACH is sent once there is one (RTL4i, RTL3d). */
function becomeAttaching(retries: number, online: boolean, reason?: ErrorInfo): ChannelTransition {
  const effects = !online || reason
    ? [STOP_RETRY, ...online ? ASK_TO_ATTACH : [], announce("attaching", reason)]
    : ATTACHING;
  return [{ name: "attaching", retries }, effects];
}

function detach(
  status: ChannelStatus,
  type: "detach" | "release",
  online: boolean,
): ChannelTransition {
  // A released channel does not return to attached.
  const from = type === "release" ? "detached" : "attached";
  switch (status.name) {
    case "suspended": // RTL5j
      return becomeDetached();
    case "attached":
      if (!online) return becomeDetached(); // RTL5l
      return [
        { name: "detaching", from },
        DETACHING, // RTL5d
      ];
    case "attaching":
      if (!online) return becomeDetached(); // RTL5l: nothing was sent, so nothing is pending
      return [{ ...status, then: status.then === "release" ? "release" : type }, []]; // RTL5i
    case "detaching": // The last call wins: it cancels an attach that was to follow.
      return [{ name: "detaching", from: type === "release" ? from : status.from }, []];
    default: // RTL5a, RTL5b
      return [status, []];
  }
}

function negotiate(status: ChannelStatus, online: boolean): ChannelTransition {
  if (status.name !== "attached" && status.name !== "attaching") return [status, []];
  if (!online) return [status, []]; // The ATTACH of RTL3d will contain them.
  // RTL16a: an attached channel stays attached, so that its subscribers miss nothing meanwhile.
  return [status, ASK_TO_ATTACH];
}

function attached(
  status: ChannelStatus,
  { resumed, hasBacklog, reason, excess }: Extract<ChannelInput, { type: "attached" }>,
): ChannelTransition {
  switch (status.name) {
    case "attaching":
    case "suspended": // A late answer counts, too.
      return [
        { name: "attached" },
        [...STOP_ALL, { do: "announce", event: "attached", reason, resumed, hasBacklog }],
      ];
    case "attached": {
      if (resumed) return [status, [STOP_ANSWER]];
      return [status, [STOP_ANSWER, {
        do: "announce",
        event: "update",
        reason,
        resumed,
        hasBacklog,
      }]]; // RTL12
    }
    case "detaching": // RTL5k
      return [status, excess ? [] : [{ do: "sendDetach" }]];
    case "detached":
      if (excess) return [status, []];
      return [
        { name: "detaching", from: "detached" },
        DETACHING,
      ];
    default:
      return [status, []];
  }
}

function detached(
  status: ChannelStatus,
  { reason, excess }: Extract<ChannelInput, { type: "detached" }>,
  online: boolean,
): ChannelTransition {
  switch (status.name) {
    case "attached":
      // RTL13b: if attaching at once (RTL13a) has failed again and again, wait for the retry timer.
      if (excess) return becomeSuspended(excess - 1, online, reason);
      return becomeAttaching(0, online, reason); // RTL13a
    case "suspended":
      if (excess) return [status, []]; // The retry is due anyway.
      return becomeAttaching(status.retries, online, reason); // RTL13a
    case "attaching":
      return becomeSuspended(status.retries, online, reason); // RTL13b
    case "detaching":
      return becomeDetached(reason);
    default:
      return [status, []];
  }
}

function connection(
  status: ChannelStatus,
  event: ChannelsEvent,
  reason: ErrorInfo | undefined,
): ChannelTransition {
  const { name } = status;
  const active = name === "attaching" || name === "attached";
  switch (event) {
    case "connected":
      return connected(status);
    case "offline": // RTL3e; RTL13c: without a connection nothing is sent, so no answer can be late
      if (name === "suspended") return [status, [STOP_RETRY]];
      if (name === "attaching" && status.then) return becomeDetached(); // RTL5l
      return active ? [status, [STOP_ANSWER]] : [status, []];
    case "suspended": // RTL3c
      if (!active) return [status, []];
      return [{ name: "suspended", retries: 0 }, [...STOP_ALL, announce("suspended", reason)]];
    case "closed": // RTL3b
      return active ? becomeDetached() : [status, ended(name)];
    case "failed": // RTL3a
      return active ? becomeFailed(reason) : [status, ended(name)];
    case "reset": // RTN11d
      // This includes the position from a recovery key (RTN16j).
      if (name === "initialized") return [status, [CLEAR_SERIAL, CLEAR_ERROR]];
      return [
        INITIALIZED,
        [...STOP_ALL, CLEAR_SERIAL, CLEAR_ERROR, announce("initialized")],
      ];
  }
}

/** The end of the connection does not change such a channel; only stop waiting for answers. */
function ended(name: ChannelStatus["name"]): readonly ChannelEffect[] {
  if (name !== "detaching") return [STOP_RETRY];
  return [{ do: "start", timer: "answer", immediate: true }];
}

function connected(status: ChannelStatus): ChannelTransition {
  switch (status.name) {
    case "attached":
      return becomeAttaching(0, true); // RTL3d
    case "suspended":
      return becomeAttaching(status.retries, true); // RTL3d
    case "attaching": // RTL3d, RTN19b
      return [status, ASK_TO_ATTACH];
    case "detaching": // RTN19b
      return [status, ASK_TO_DETACH];
    default:
      return [status, []];
  }
}

function retryDue(status: ChannelStatus): ChannelTransition {
  return status.name === "suspended" ? becomeAttaching(status.retries, true) : [status, []]; // RTL13b
}

function answerDue(status: ChannelStatus, online: boolean): ChannelTransition {
  switch (status.name) {
    case "attaching":
      return becomeSuspended(status.retries, online, unanswered("attach")); // RTL4f
    case "attached": // The service did not answer to new params or modes.
      return becomeSuspended(0, online, unanswered("attach"));
    case "detaching":
      if (!online || status.from === "detached") return becomeDetached(); // RTL5l
      return [{ name: status.from }, [announce(status.from, unanswered("detach"))]]; // RTL5f
    default:
      return [status, []];
  }
}

function becomeSuspended(
  before: number,
  online: boolean,
  reason: ErrorInfo | undefined,
): ChannelTransition {
  const retries = before + 1;
  const retry: ChannelEffect[] = online ? [{ do: "start", timer: "retry", retries }] : []; // RTL13b, RTL13c
  return [
    { name: "suspended", retries },
    [STOP_ANSWER, ...retry, announce("suspended", reason)],
  ];
}

function becomeDetached(reason?: ErrorInfo): ChannelTransition {
  return [{ name: "detached" }, [...STOP_ALL, CLEAR_SERIAL, announce("detached", reason)]];
}

function becomeFailed(reason: ErrorInfo | undefined): ChannelTransition {
  return [{ name: "failed" }, [...STOP_ALL, CLEAR_SERIAL, announce("failed", reason)]];
}

function announce(event: ChannelEvent, reason?: ErrorInfo): ChannelEffect {
  return { do: "announce", event, reason };
}
