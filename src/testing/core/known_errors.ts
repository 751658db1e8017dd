import type { ErrorInfoValues } from "../../errors.ts";
import type { WireError } from "../../protocol/protocol_message.ts";

/** An error to send: the code alone, or all its members. For a code of Ably's, the status and a message are known. */
export type ErrorChoice = number | ErrorInfoValues;

/** Ably's message for a code, and its HTTP status if that is not in the code. */
type Known = string | readonly [message: string, statusCode: number];

/** The errors of Ably that a client can meet in use, for tests that provoke them. */
const KNOWN: Readonly<Record<number, Known>> = {
  40000: "Bad request",
  40003: "Invalid parameter value",
  40005: "Invalid credential",
  40009: ["Maximum message length exceeded", 413],
  40010: "Invalid channel name",
  40012: "Invalid client id",
  40100: "Unauthorized",
  40101: "Invalid credentials",
  40111: ["Account restricted (connection limits exceeded)", 403],
  40112: "Account blocked (message limits exceeded)",
  40114: ["Account restricted (channel limits exceeded)", 403],
  40115: ["Account restricted (request limits exceeded)", 403],
  40140: "Token unrecognised",
  40141: "Token revoked",
  40142: "Token expired",
  40160: "Operation not permitted with provided capability",
  40300: "Forbidden",
  40400: "Not found",
  42910: "Rate limit exceeded; request rejected (nonfatal)",
  42911: "Rate limit exceeded; request rejected (nonfatal); metric = connection.inboundRate",
  42912: "Channel iteration call already in progress",
  42913: "Rate limit exceeded; request rejected (nonfatal); metric = channel.maxRate",
  42914: "Rate limit exceeded; request rejected (nonfatal); metric = channel.maxBandwidth",
  42917: "Maximum account-wide instantaneous messages rate exceeded; metric = messages.maxRate",
  42918:
    "Maximum account-wide instantaneous apiRequests rate exceeded; metric = apiRequests.maxRate",
  42920: "Rate limit exceeded; connection closed",
  42921: "Connection terminated; per-connection publish rate limit exceeded",
  42922: "Rate limit exceeded; too many requests",
  42924: "Connection terminated for abuse (inbound protocol message rate exceeded)",
  50000: "Internal error",
  50001: "Internal channel error",
  50002: "Internal connection error",
  50003: "Timeout error",
  50300: "Service unavailable",
  50320: "Active traffic management: traffic for this cluster is being temporarily redirected",
  50330: "Service temporarily in lockdown",
  80000: ["Connection failed", 400],
  80003: ["Connection disconnected", 503],
  80008: ["Unable to recover connection", 400],
  80014: ["Connection timed out", 504],
  80020: ["Continuity loss on channel as maximum server-to-client message rate exceeded", 400],
  80021: [
    "Maximum account-wide instantaneous connections rate exceeded; metric = connections.maxRate",
    429,
  ],
  90000: ["Channel operation failed", 400],
  90001: ["Channel operation failed (invalid channel state)", 400],
  90003: ["Unable to recover channel (messages expired)", 404],
  90007: ["Channel operation failed (no response from server)", 408],
  90010: ["Maximum number of channels per connection exceeded", 400],
  90021: [
    "Maximum account-wide instantaneous channels rate exceeded; metric = channels.maxRate",
    429,
  ],
  91000: ["Unable to enter presence channel (no clientId)", 400],
  91003: ["Maximum member limit exceeded", 400],
};

/** An error in wire form, with a message and a status if the choice has none. */
export function chosenError(choice: ErrorChoice): Required<Omit<WireError, "cause" | "detail">> {
  const given: Partial<ErrorInfoValues> & { code: number } = typeof choice === "number"
    ? { code: choice }
    : choice;
  const { code } = given;
  const known = KNOWN[code] ?? "An error that a test has asked for";
  const [message, status] = typeof known === "string" ? [known, statusIn(code)] : known;
  const statusCode = given.statusCode ?? status;
  return {
    message: given.message ?? message,
    code,
    statusCode,
    href: `https://help.ably.io/error/${code}`,
  };
}

/** The status that a code begins with. */
function statusIn(code: number): number {
  const status = Math.floor(code / 100);
  return status >= 400 && status <= 599 ? status : 500;
}
