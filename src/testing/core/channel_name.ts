import { ServiceCode, serviceError } from "./service_error.ts";

/** The parts of a channel name: `[qualifier?params]base`. */
export interface ChannelName {
  /** The whole name, as clients use it. */
  readonly full: string;
  /** The name of the channel that messages are published to. */
  readonly base: string;
  /** `meta` or `filter`; absent for an ordinary channel. */
  readonly qualifier?: "meta" | "filter";
  /** The filter expression in base64, of a derived channel. */
  readonly filter?: string;
  /** Channel parameters in the name. */
  readonly params: Readonly<Record<string, string>>;
}

const MAX_LENGTH = 2048;

/**
 * Parses a channel name.
 *
 * @throws {ErrorInfo} 40010 if it is not a channel name.
 */
export function parseChannelName(full: unknown): ChannelName {
  if (typeof full !== "string" || full === "" || full.length > MAX_LENGTH) {
    throw invalidChannelName(full);
  }
  if (!full.startsWith("[")) {
    checkBase(full, full);
    return { full, base: full, params: {} };
  }
  const close = full.indexOf("]");
  if (close < 0) throw invalidChannelName(full);
  const base = full.slice(close + 1);
  const inner = full.slice(1, close);
  const question = inner.indexOf("?");
  const head = question < 0 ? inner : inner.slice(0, question);
  const query = question < 0 ? "" : inner.slice(question + 1);
  checkBase(base, full);
  const params = Object.fromEntries(new URLSearchParams(query));
  if (head === "") return { full, base, params };
  if (head === "meta") return { full, base: full, qualifier: "meta", params };
  if (head.startsWith("filter=")) {
    return { full, base, qualifier: "filter", filter: head.slice("filter=".length), params };
  }
  throw invalidChannelName(full);
}

/**
 * Parses the name of a channel for publishing or entering.
 *
 * @throws {ErrorInfo} 40010 if it is not a channel name, or one of a channel that can only be subscribed to.
 */
export function parsePublishable(full: unknown): ChannelName {
  const name = parseChannelName(full);
  if (name.qualifier === undefined) return name;
  const kind = name.qualifier === "filter" ? "derived channel" : "metachannel";
  throw serviceError(ServiceCode.InvalidChannelName, `A ${kind} can only be subscribed to`);
}

/** The namespace of a channel: the part of its base name before the first colon, or the whole name if it has no colon. */
export function namespaceOf(base: string): string {
  const colon = base.indexOf(":");
  return colon < 0 ? base : base.slice(0, colon);
}

function checkBase(base: string, full: string): void {
  if (!/^[^[:\n\r][^\n\r]*$/.test(base)) throw invalidChannelName(full);
}

function invalidChannelName(name: unknown): Error {
  return serviceError(
    ServiceCode.InvalidChannelName,
    `The channel name ${JSON.stringify(String(name).slice(0, 100))} is invalid`,
  );
}
