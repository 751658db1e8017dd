import { toBase64, utf8 } from "./encode_bytes.ts";
import { printable } from "./printable.ts";

/** Shorter texts are not searched for, because they occur inside ordinary words. */
const MIN_SECRET = 6;
/** The depth to which the causes of an error are followed. */
const MAX_DEPTH = 8;
/** The number of members of an error that are inspected: some errors refer to large parts of the program. */
const MAX_MEMBERS = 500;

const NAMES = "(?:access_?token|api_?key|authorization|key|password|secret|token)";

let made: [RegExp, string][] | undefined;

/**
 * Patterns that look like a secret anywhere, each with its replacement. They are made at the first use: bundlers would keep
 * patterns that are made at import even where no text is redacted.
 */
const patterns = () =>
  made ??= [
    [/\b([a-z][a-z\d+.-]*:\/\/)[^\s/?#@"'<>]+@/gi, "$1…@"],
    [/\b([a-z][a-z\d+.-]*:\/\/[^\s?#"'<>()]*[?#])[^\s"'<>()]+/gi, "$1…"],
    [new RegExp(`\\b(${NAMES}(?:=|%3D))[^\\s&"'<>()]+`, "gi"), "$1…"],
    [new RegExp(`("${NAMES}"\\s*:\\s*")[^"]+`, "gi"), "$1…"],
    // A word such as "authentication" may follow Basic or Bearer. It has only lower-case letters, and so is not taken for
    // credentials.
    [/\b(Basic|Bearer)(\s+|%20|\+)(?=[a-z]*[A-Z\d+/=._~:-])[\w+/=.~%:-]{8,}/g, "$1$2…"],
    [/\beyJ[\w-]{5,}(?:\.[\w-]*)*/g, "…"],
    // An API key. Not a host with its port, nor a channel name with a dot and a colon.
    [/\b([\w-]+\.[\w-]+)(:|%3A)(?=[A-Za-z_-]*\d)(?=[\d_-]*[A-Za-z])[\w+/=~%-]{16,}/gi, "$1$2…"],
  ];

/**
 * A text without its secrets, known or likely: queries, fragments and user information of URLs, API keys, JWTs, the credentials
 * of an `Authorization` header, and values of parameters with names of secrets.
 *
 * @param text A text of foreign origin, such as the message of a runtime's error.
 * @param secrets The known secrets, from {@linkcode secretsOf}.
 */
export function redact(text: string, secrets: readonly string[] = []): string {
  const known = secrets.reduce((rest, secret) => rest.replaceAll(secret, "…"), text);
  return patterns().reduce((rest, [pattern, instead]) => rest.replace(pattern, instead), known);
}

/** The length to which a foreign text is cut in an error. */
const EXCERPT = 200;

/** The beginning of a text of foreign origin, on one line and without control characters. */
export function excerptOf(text: string): string {
  return printable(text.slice(0, 4 * EXCERPT).replace(/\s+/g, " ").trim(), EXCERPT);
}

/**
 * The innermost reason of an error as the end of a sentence, after a colon; empty if there is none.
 *
 * @param error An error that is redacted.
 */
export function because(error: unknown): string {
  let reason = "";
  for (let depth = 0; error != null && depth < MAX_DEPTH; depth++) {
    // Node's error for several addresses has a code and no message.
    const { message, code, cause } = (
      typeof error === "object" ? error : { message: error }
    ) as { message?: unknown; code?: unknown; cause?: unknown };
    reason = excerptOf(String(message || code || reason));
    error = cause;
  }
  return reason && `: ${reason.replace(/\.$/, "")}`;
}

/**
 * A foreign error in a form that can be shown: the error itself if it contains no secret. Otherwise a copy of its name,
 * message, code, stack and causes, all of them redacted. Other members are left out, because runtimes put the whole URL of a
 * failed request in the error: Deno in the message of the cause, Bun in a separate member.
 *
 * @param error The value that was thrown.
 * @param secrets The known secrets, from {@linkcode secretsOf}.
 */
export function redacted(error: unknown, secrets: readonly string[] = []): unknown {
  return isClean(error, secrets, new Set()) ? error : cleanCopy(error, secrets, MAX_DEPTH);
}

/**
 * The secrets of a request, in all spellings: the query, the fragment and the user information of its URL, and the values in
 * its headers and its form.
 *
 * @param url The URL of the request.
 * @param more Further values that were sent, such as those of headers.
 */
export function secretsOf(url: string, more: Iterable<string> = []): string[] {
  const values = [...more];
  for (const text of URL.canParse(url) ? [url, new URL(url).href] : [url]) {
    const [, user = "", query = "", fragment = ""] =
      /^(?:[^/?#]*\/\/(?:([^/?#]*)@)?)?[^?#]*(?:\?([^#]*))?(?:#(.*))?$/s.exec(text) ?? [];
    values.push(query, fragment, ...user.split(":"), ...new URLSearchParams(query).values());
  }
  return [...new Set(values.flatMap(partsOf).flatMap(spellings))]
    .filter((secret) => secret.length >= MIN_SECRET)
    .sort((a, b) => b.length - a.length); // Longest first, because a secret may contain another one.
}

/** A value, the credentials of an `Authorization` header in it, and the secret of an API key. */
function partsOf(value: string): string[] {
  const credentials = /^\w+ (.+)$/.exec(value)?.[1] ?? "";
  const plain = credentials ? attempt(atob, credentials) : value;
  return [value, plain, credentials, /^[^:\s]+:(\S+)$/.exec(plain)?.[1] ?? ""];
}

function spellings(value: string): string[] {
  const base64 = toBase64(utf8(value));
  const encoded = new URLSearchParams({ "": value }).toString().slice(1);
  // Half of a surrogate pair has no percent-encoded form.
  return [value, attempt(encodeURIComponent, value), encoded, base64, base64.replace(/=+$/, "")];
}

/** A text in another form; the text itself if it has no such form. */
function attempt(convert: (text: string) => string, text: string): string {
  try {
    return convert(text);
  } catch {
    return text;
  }
}

function isClean(value: unknown, secrets: readonly string[], seen: Set<object>): boolean {
  if (typeof value === "string") return redact(value, secrets) === value;
  const isObject = typeof value === "object" && value !== null || typeof value === "function";
  if (!isObject || ArrayBuffer.isView(value) || seen.has(value)) return true;
  if (seen.size === MAX_MEMBERS) return false;
  seen.add(value);
  try {
    if (!hiddenIn(value).every((hidden) => isClean(hidden, secrets, seen))) return false;
    return ["message", "stack", "cause", ...namesIn(value)].every((name) => {
      const member = (value as Record<PropertyKey, unknown>)[name];
      return name === "stack" && typeof member === "string"
        ? redactStack(member, secrets) === member
        : isClean(member, secrets, seen);
    });
  } catch {
    return false; // A getter that throws shows no value.
  }
}

/** The names of an object's members. The `prototype` of a function is left out: consoles do not show it. */
function namesIn(value: object): PropertyKey[] {
  return typeof value === "function" ? Object.keys(value) : Reflect.ownKeys(value);
}

/** Values that a console shows of an object although they are not members: its text, a URL, headers, items of a collection. */
function hiddenIn(value: object): unknown[] {
  if (value instanceof Map || value instanceof Set || value instanceof Headers) return [...value];
  if (value instanceof Request || value instanceof Response) return [value.url, value.headers];
  const hasText = typeof value !== "function" && !Array.isArray(value) && "toString" in value;
  return hasText ? [String(value)] : [];
}

/** Redacts the message in a stack, but not its frames: these name files, whose URLs may have queries that are not secret. */
function redactStack(stack: string, secrets: readonly string[]): string {
  const isFrame = /^\s+at |^\S*@\S*:\d+:\d+$/;
  return stack.split("\n").map((line) => isFrame.test(line) ? line : redact(line, secrets))
    .join("\n");
}

function cleanCopy(error: unknown, secrets: readonly string[], depth: number): unknown {
  if (typeof error === "string") return redact(error, secrets);
  if (typeof error !== "object" || error === null) return error;
  const { name, message, stack, cause, code } = error as Error & { code?: unknown };
  const clean = (value: unknown) => redact(typeof value === "string" ? value : "", secrets);
  const behind = cause == null || depth === 0
    ? undefined
    : { cause: cleanCopy(cause, secrets, depth - 1) };
  const copy = new Error(clean(message), behind);
  copy.name = clean(name) || "Error";
  if (typeof stack === "string") copy.stack = redactStack(stack, secrets);
  if (typeof code === "string") Object.assign(copy, { code: clean(code) });
  else if (typeof code === "number") Object.assign(copy, { code });
  return copy;
}
