import * as ErrorCode from "../error_numbers.ts";
import { createError, type ErrorInfo } from "../errors.ts";
import { type BinaryLike, isBinary, toBytes, utf8 } from "../util/bytes.ts";
import { readEntries, readMembers, type Shape } from "../util/read_members.ts";
import { readInTime } from "../util/read_body.ts";

/** A delivery that other code has read from the network: a framework, a queue, a function runtime. */
export interface WebhookDelivery {
  /** The headers of the request. */
  headers: Headers | Record<string, string | readonly string[] | undefined>;
  /** The body as received, not parsed and written again, because the signature is over its bytes. */
  body: BinaryLike | string;
}

/** The default for the largest body, in bytes. */
export const DEFAULT_MAX_BODY_SIZE = 10 * 1024 * 1024;

/** The default for the longest time that a body may take to arrive, in milliseconds. */
export const DEFAULT_BODY_TIMEOUT = 10_000;

/** Limits for the body of a delivery. */
export interface BodyLimits {
  /** The largest body, in bytes. */
  maxBodySize?: number | null;
  /** The longest time it may take to arrive, in milliseconds. */
  bodyTimeout?: number | null;
}

const DELIVERY: Shape<WebhookDelivery> = {
  what: "The webhook delivery",
  code: ErrorCode.InvalidBody,
  names: { headers: true, body: true },
};

/** A delivery that is completely in memory. */
export interface ReadDelivery {
  readonly headers: Headers;
  readonly body: Uint8Array<ArrayBuffer>;
}

/**
 * Reads a delivery into memory.
 *
 * @throws {ErrorInfo} 40009 with status 413 if the body exceeds the limit, 50003 with status 408 if it takes too long, 40001 if
 * it has been read already or is not in its original form.
 */
export async function readDelivery(
  from: Request | WebhookDelivery,
  limits: CheckedLimits,
): Promise<ReadDelivery> {
  const { maxBodySize: limit } = limits;
  if (isRequest(from)) {
    return { headers: from.headers, body: await readBody(from, limits) };
  }
  const { headers, body: given } = readMembers(from, DELIVERY);
  if (typeof headers !== "object" || headers === null) throw noDelivery("no headers");
  if (typeof given !== "string" && !isBinary(given)) {
    throw noDelivery("a body that is neither text nor bytes");
  }
  const body = typeof given === "string" ? utf8(given) : toBytes(given);
  if (body.byteLength > limit) throw tooLarge(limit);
  return { headers: toHeaders(headers), body };
}

/** Limits with defaults for missing ones. */
export type CheckedLimits = { readonly [Name in keyof BodyLimits]-?: number };

/** Adds the defaults to the limits for a body. */
export function withDefaultLimits(given: BodyLimits): CheckedLimits {
  return {
    maxBodySize: given.maxBodySize ?? DEFAULT_MAX_BODY_SIZE,
    bodyTimeout: given.bodyTimeout ?? DEFAULT_BODY_TIMEOUT,
  };
}

/**
 * Whether this is a Request, either the platform's or one of a framework's own class.
 *
 * @throws {ErrorInfo} 40001 if it is not an object.
 */
export function isRequest(from: Request | WebhookDelivery): from is Request {
  if (typeof from !== "object" || from === null) throw noDelivery("neither of them");
  return "bodyUsed" in from;
}

async function readBody(
  request: Request,
  { maxBodySize: limit, bodyTimeout: timeout }: CheckedLimits,
): Promise<Uint8Array<ArrayBuffer>> {
  if (request.bodyUsed) throw alreadyRead();
  if (request.body === null) return new Uint8Array();
  if (Number(request.headers.get("content-length")) > limit) {
    request.body.cancel().catch(() => {}); // Not awaited, because it may take as long as the body.
    throw tooLarge(limit);
  }
  // Read up to the limit in any case: the length in the headers may be missing or false.
  const { bytes, isAll } = await readInTime(request, limit, {
    timeout,
    onTimeout: () => tooSlow(timeout),
  });
  if (!isAll) throw tooLarge(limit);
  return bytes;
}

function toHeaders(headers: WebhookDelivery["headers"]): Headers {
  if (headers instanceof Headers) return headers;
  const copy = new Headers();
  for (const [name, value] of pairsOf(headers)) {
    if (value != null) copy.set(name, typeof value === "string" ? value : value.join(", "));
  }
  return copy;
}

/** Headers of another class, such as those of a framework, can only be iterated. */
function pairsOf(headers: object): Iterable<[string, HeaderValue]> {
  if (Symbol.iterator in headers) return headers as Iterable<[string, HeaderValue]>;
  const kind = { what: "The headers of the webhook delivery", code: ErrorCode.InvalidBody };
  return readEntries(headers, kind) as [string, HeaderValue][];
}

type HeaderValue = string | readonly string[] | null | undefined;

function tooLarge(limit: number): ErrorInfo {
  return createError(
    ErrorCode.MessageTooLarge,
    `The body of the webhook delivery has more than ${limit} bytes`,
    "Raise maxBodySize if deliveries of this size are expected.",
    { statusCode: 413 },
  );
}

function tooSlow(timeout: number): ErrorInfo {
  return createError(
    ErrorCode.RequestTimeout,
    `The body of the webhook delivery took longer than ${timeout} ms`,
    "Raise bodyTimeout if deliveries are expected to take longer.",
    { statusCode: 408 },
  );
}

function noDelivery(found: string): ErrorInfo {
  return createError(
    ErrorCode.InvalidBody,
    `A webhook delivery is a Request, or headers with the body as received; got ${found}`,
    "Pass the request, or { headers, body } with the body as text or bytes: the signature is over its bytes.",
    { statusCode: 500 },
  );
}

function alreadyRead(): ErrorInfo {
  return createError(
    ErrorCode.InvalidBody,
    "The body of the webhook request has already been read",
    "Pass the request before its body is read, or pass { headers, body } with the body as received.",
    { statusCode: 500 },
  );
}
