import { ErrorInfo } from "../errors.ts";
import { readAtMost } from "../util/read_body.ts";
import { type Capability, capabilityText, parseJson } from "./capability.ts";
import { checkClientId, checkTtl } from "./token_request.ts";

/** The token that a client asks for. Do not trust it: the sender of the request can ask for anything. */
export interface RequestedToken {
  /** The clientId of the token. */
  clientId?: string;
  /** The rights of the token. */
  capability?: Capability;
  /** The lifetime of the token, in milliseconds. */
  ttl?: number;
  /** All parameters of the request, from its query and its body, `authParams` among them. */
  params: Readonly<Record<string, string>>;
}

/** Limits for the body of a request. */
export interface BodyLimits {
  /** In bytes. */
  maxSize: number;
  /** In milliseconds. */
  timeout: number;
}

const FORM = "application/x-www-form-urlencoded";
const JSON_TYPE = "application/json";

/**
 * Reads what a client asks for, from the query and from a body in form encoding or JSON, which wins.
 *
 * @param request The request. Its body is read.
 * @param limits The most bytes that the body may have, and the milliseconds that it may take.
 * @throws {ErrorInfo} With status 400, 408, 413 or 415 for what can't be a request for a token.
 */
export async function readRequestedToken(
  request: Request,
  limits: BodyLimits,
): Promise<RequestedToken> {
  const params: Record<string, string> = Object.create(null);
  addForm(params, new URL(request.url).search);
  // The headers first: Bun forgets the type that a body brings along once that is read.
  const type = (request.headers.get("content-type") ?? "").split(";", 1)[0]!.trim().toLowerCase();
  if (request.method === "POST") {
    const body = await readBody(request, limits);
    if (body !== "") addBody(params, body, request.headers.has("content-encoding") ? "" : type);
  }
  return { ...checked(params), params };
}

async function readBody(request: Request, { maxSize, timeout }: BodyLimits): Promise<string> {
  const { bytes, isAll } = await readAtMost(request, maxSize, {
    timeout,
    onTimeout: () => refusedRequest(408, `The body took longer than ${timeout} ms`),
  });
  if (!isAll) throw refusedRequest(413, `The body is longer than ${maxSize} bytes`);
  return new TextDecoder("utf-8", { fatal: true }).decode(bytes); // throws on what is not UTF-8
}

function addBody(params: Record<string, string>, body: string, type: string): void {
  if (type === FORM) addForm(params, body);
  else if (type === JSON_TYPE) addJson(params, body);
  else throw refusedRequest(415, `The body is neither ${FORM} nor ${JSON_TYPE}`);
}

function addForm(params: Record<string, string>, text: string): void {
  for (const [name, value] of new URLSearchParams(text)) params[name] = value;
}

function addJson(params: Record<string, string>, text: string): void {
  const value = parseJson(text);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw refusedRequest(400, "The body is not a JSON object");
  }
  for (const [name, member] of Object.entries(value)) {
    if (member === null) continue;
    if (typeof member !== "object") params[name] = String(member);
    else if (name === "capability") params[name] = capabilityText(member);
    else throw refusedRequest(400, "A parameter is neither text nor number");
  }
}

function checked({ clientId, capability, ttl }: Record<string, string>): Omit<
  RequestedToken,
  "params"
> {
  return {
    ...(clientId != null && { clientId: checkClientId(clientId) }),
    ...(capability != null && { capability: parseJson(capabilityText(capability)) as Capability }),
    ...(ttl != null && { ttl: checkTtl(/^\d+$/.test(ttl) ? Number(ttl) : NaN) }),
  };
}

/** The error for a request that is refused with this status. */
export function refusedRequest(statusCode: number, message: string): ErrorInfo {
  return new ErrorInfo(message, statusCode * 100);
}
