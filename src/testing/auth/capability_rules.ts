import { ServiceCode, serviceError } from "../core/service_error.ts";

/** The rights of a key or token: operations by resource pattern. */
export type Grants = Readonly<Record<string, readonly string[]>>;

/** All operations on channels of every kind, including `[meta]` and derived ones. */
export const FULL_GRANTS: Grants = { "[*]*": ["*"] };

/** The end of the names of a product's channels: the rights for `room` apply to the channel `room::$chat`. */
const PRODUCT_SUFFIX = /::\$[^:]+$/;

const OPERATIONS = new Set([
  "subscribe",
  "publish",
  "presence",
  "presence-subscribe",
  "history",
  "stats",
  "channel-metadata",
  "push-subscribe",
  "push-admin",
  "privileged-headers",
  "object-subscribe",
  "object-publish",
  "annotation-subscribe",
  "annotation-publish",
  "message-update-any",
  "message-update-own",
  "message-delete-any",
  "message-delete-own",
]);

/** The further operations that an operation includes. */
const IMPLIED_BY: Readonly<Record<string, readonly string[]>> = {
  history: ["subscribe"],
  "presence-subscribe": ["subscribe"],
  "annotation-publish": ["publish"],
  "message-update-own": ["message-update-any"],
  "message-delete-own": ["message-delete-any"],
};

/**
 * Reads a capability from a client.
 *
 * @throws {ErrorInfo} 40000 if it is not a valid capability.
 */
export function parseGrants(value: unknown): Grants {
  const parsed = typeof value === "string" ? parseJson(value) : value;
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
    throw invalidCapability();
  }
  const entries: [string, string[]][] = [];
  for (const [resource, given] of Object.entries(parsed)) {
    const ops: unknown[] = typeof given === "string" ? [given] : Array.isArray(given) ? given : [];
    if (resource === "" || ops.length === 0) throw invalidCapability();
    if (!ops.every((op): op is string => op === "*" || OPERATIONS.has(op as string))) {
      throw invalidCapability();
    }
    if (ops.includes("*") && ops.length > 1) throw invalidCapability();
    entries.push([resource, ops]);
  }
  return canonical(Object.fromEntries(entries));
}

/** Sorts resources, and the operations of each, so that equal capabilities have equal texts. */
export function canonical(grants: Grants): Grants {
  return Object.fromEntries(
    Object.keys(grants).sort().map((name) => [name, [...new Set(grants[name]!)].sort()]),
  );
}

/** A capability as text in canonical form. */
export function grantsText(grants: Grants): string {
  return JSON.stringify(canonical(grants));
}

/** The operations that are both requested and permitted. */
export function intersect(asked: Grants, permitted: Grants): Grants {
  const result = new Map<string, string[]>();
  for (const [askedName, askedOps] of Object.entries(asked)) {
    for (const [name, ops] of Object.entries(permitted)) {
      const narrower = covers(name, askedName) ? askedName : covers(askedName, name) ? name : null;
      if (narrower === null) continue;
      const both = commonOps(askedOps, ops);
      if (both.length > 0) result.set(narrower, mergeOps(result.get(narrower), both));
    }
  }
  return canonical(Object.fromEntries(result));
}

/** Whether an operation on a channel is permitted. */
export function permits(grants: Grants, channel: string, operation: string): boolean {
  const wanted = [operation, ...(IMPLIED_BY[operation] ?? [])];
  for (const resource in grants) {
    const ops = grants[resource]!;
    if (!ops.includes("*") && !wanted.some((op) => ops.includes(op))) continue;
    if (covers(resource, channel)) return true;
  }
  return false;
}

/** Whether at least one operation on a channel is permitted. */
export function permitsAnything(grants: Grants, channel: string): boolean {
  return Object.keys(grants).some((resource) => covers(resource, channel));
}

/** Whether an operation is permitted on some resource, for requests that concern no single channel. */
export function permitsSomewhere(grants: Grants, operation: string): boolean {
  return Object.values(grants).some((ops) => ops.includes("*") || ops.includes(operation));
}

/** Whether a resource pattern covers a channel name, or all names that another pattern covers. */
export function covers(pattern: string, name: string): boolean {
  if (pattern === name) return true;
  const wide = splitQualifier(pattern);
  const narrow = splitQualifier(name);
  if (wide.qualifier !== "*" && wide.qualifier !== narrow.qualifier) return false;
  return coversBase(wide.base, narrow.base) ||
    coversBase(wide.base, narrow.base.replace(PRODUCT_SUFFIX, ""));
}

/** Whether a pattern without a qualifier covers a name without one. */
export function coversBase(pattern: string, name: string): boolean {
  if (pattern === "*" || pattern === name) return true;
  const wide = pattern.split(":");
  const narrow = name.split(":");
  for (let i = 0; i < wide.length; i++) {
    const last = i === wide.length - 1;
    if (last && wide[i] === "*") return narrow.length > i;
    if (narrow[i] === undefined || (wide[i] !== "*" && wide[i] !== narrow[i])) return false;
  }
  return narrow.length === wide.length;
}

function splitQualifier(name: string): { qualifier: string; base: string } {
  const close = name.startsWith("[") ? name.indexOf("]") : -1;
  if (close < 0) return { qualifier: "", base: name };
  // In a qualifier such as `[filter=…?rewind=1]`, only the kind matters.
  const qualifier = /^[^?=]*/.exec(name.slice(1, close))![0];
  return { qualifier, base: name.slice(close + 1) };
}

function commonOps(a: readonly string[], b: readonly string[]): readonly string[] {
  if (a.includes("*")) return b;
  return b.includes("*") ? a : a.filter((op) => b.includes(op));
}

function mergeOps(a: readonly string[] | undefined, b: readonly string[]): string[] {
  const ops = new Set([...(a ?? []), ...b]);
  return ops.has("*") ? ["*"] : [...ops];
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function invalidCapability(): Error {
  return serviceError(ServiceCode.BadRequest, "The capability is invalid");
}
