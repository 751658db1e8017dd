import * as ErrorCode from "../../error_numbers.ts";
import { createError, type ErrorInfo } from "../../errors.ts";
import { because } from "../../util/redact.ts";
import type { ChannelState } from "./channel_state.ts";

/** RTL4f, RTL5f: the error when the service does not answer in time. */
export function unanswered(action: "attach" | "detach"): ErrorInfo {
  return createError(
    ErrorCode.ChannelTimedOut,
    `Ably did not answer the request to ${action} in time`,
    action === "attach"
      ? "The client tries again by itself; raise realtimeRequestTimeout if the network is slow."
      : "Call detach() again; raise realtimeRequestTimeout if the network is slow.",
    { statusCode: 408 },
  );
}

/** The error when the state of the channel does not allow an action. */
export function wrongChannelState(
  action: string,
  name: string,
  state: ChannelState,
  cause?: ErrorInfo | null,
): ErrorInfo {
  return createError(
    ErrorCode.ChannelStateInvalid,
    `Failed to ${action} on channel "${name}": the channel is ${state}${because(cause)}`,
    "Call attach() and wait for the channel to become attached.",
    { cause, statusCode: 400 },
  );
}

/** The error for using a channel that the client has released. */
export function channelReleased(action: string, name: string): ErrorInfo {
  return createError(
    ErrorCode.ChannelStateInvalid,
    `Failed to ${action} on channel "${name}": it was released`,
    "Get the channel anew with channels.get().",
    { statusCode: 400 },
  );
}

/** The error of a call of attach() or detach() when the opposite was called after it. */
export function callOvertaken(action: "attach" | "detach", name: string): ErrorInfo {
  const other = action === "attach" ? "detach" : "attach";
  return createError(
    ErrorCode.ChannelOperationFailed,
    `Failed to ${action} on channel "${name}": a later call asked to ${other} it`,
    `Wait for ${action}() before you ask for the opposite.`,
    { statusCode: 409 },
  );
}

/** The error when the service detaches a channel without giving a reason. */
export function detachedByService(name: string): ErrorInfo {
  return createError(
    ErrorCode.ChannelStateInvalid,
    `Ably detached channel "${name}"`,
    "Call attach() to attach again.",
    { statusCode: 404 },
  );
}

/** RTL7i: the error when a subscription cannot receive anything. */
export function modeMissing(
  name: string,
  mode: "subscribe" | "presence_subscribe" | "annotation_subscribe",
): ErrorInfo {
  const codes = {
    subscribe: ErrorCode.SubscribeModeMissing,
    presence_subscribe: ErrorCode.PresenceSubscribeModeMissing,
    annotation_subscribe: ErrorCode.AnnotationSubscribeModeMissing,
  };
  return createError(
    codes[mode],
    `Channel "${name}" is attached without the "${mode}" mode, so nothing will be delivered to the listener`,
    `Add "${mode}" to the modes of the channel options, and the capability for it to the key or token.`,
    { statusCode: 400 },
  );
}
