import { coversBase } from "../auth/capability_rules.ts";
import type { ChannelKind } from "./channel_kind.ts";

/** Claims of a token by name. */
export type Claims = Readonly<Record<string, string>>;

/** The prefix of claims about a user of a channel, followed by a channel name or a pattern. */
const CHANNEL_CLAIMS = "ably.channel.";

/** The claims about the user in a JWT: those with text values and names that begin with `ably.`. */
export function readUserClaims(claims: Readonly<Record<string, unknown>>): Claims | undefined {
  const found = Object.entries(claims).filter((entry): entry is [string, string] =>
    entry[0].startsWith("ably.") && typeof entry[1] === "string"
  );
  return found.length === 0 ? undefined : Object.fromEntries(found);
}

/** The claim about the user on a channel; if several match, the most specific one. */
export function userClaimOn(
  { name, kind }: { readonly name: string; readonly kind?: ChannelKind },
  claims: Claims | undefined,
): string | undefined {
  if (claims === undefined) return undefined;
  const ofKind = kind && mostSpecific(claims, kind.claims, name.slice(0, -kind.suffix.length));
  return ofKind ?? mostSpecific(claims, CHANNEL_CLAIMS, name);
}

/** The extras of an item as clients receive them: only the service sets `userClaim`. */
export function withUserClaim(
  extras: Record<string, unknown> | undefined,
  userClaim: string | undefined,
): Record<string, unknown> | undefined {
  if (userClaim !== undefined) return { ...extras, userClaim };
  if (extras === undefined || !Object.hasOwn(extras, "userClaim")) return extras;
  const { userClaim: _set, ...rest } = extras;
  return rest;
}

function mostSpecific(claims: Claims, prefix: string, name: string): string | undefined {
  const patterns = Object.keys(claims)
    .filter((claim) => claim.startsWith(prefix))
    .map((claim) => claim.slice(prefix.length))
    .filter((pattern) => coversBase(pattern, name))
    .sort((a, b) => b.length - a.length);
  const pattern = patterns.includes(name) ? name : patterns[0];
  return pattern === undefined ? undefined : claims[prefix + pattern];
}
