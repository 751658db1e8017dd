import { ErrorInfo } from "../errors.ts";
import { readInTime } from "../util/read_body.ts";
import { type Capability, capabilityText, parseJson } from "./capability.ts";
import { checkClientId, checkTtl } from "./token_request.ts";

/** The token that a client requests. Do not trust it: the client can request anything. */
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
  /** The most bytes that it may have. */
  maxSize: number;
  /** The most milliseconds that it may take to arrive. */
  timeout: number;
}

const FORM = "application/x-www-form-urlencoded";
const JSON_TYPE = "application/json";

/**
 * Reads a client's request for a token from the query and from the body, as a form or JSON. The body has priority.
 *
 * @param request The request. Its body is read.
 * @param limits The limits for the body.
 * @throws {ErrorInfo} With status 400, 408, 413 or 415 if it cannot be a request for a token.
 */
export async function readRequestedToken(
  request: Request,
  limits: BodyLimits,
): Promise<RequestedToken> {
  const params: Record<string, string> = Object.create(null);
  addForm(params, new URL(request.url).search);
  // Read the headers first: in Bun, the content type that comes from the body is gone after the body was read.
  const type = (request.headers.get("content-type") ?? "").split(";", 1)[0]!.trim().toLowerCase();
  if (request.method === "POST") {
    const body = await readBody(request, limits);
    if (body !== "") addBody(params, body, request.headers.has("content-encoding") ? "" : type);
  }
  return { ...checked(params), params };
}

async function readBody(request: Request, { maxSize, timeout }: BodyLimits): Promise<string> {
  const { bytes, isAll } = await readInTime(request, maxSize, {
    timeout,
    onTimeout: () => refusedRequest(408, `The body took longer than ${timeout} ms`),
  });
  if (!isAll) throw refusedRequest(413, `The body is longer than ${maxSize} bytes`);
  return new TextDecoder("utf-8", { fatal: true }).decode(bytes); // Throws if it is not UTF-8.
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

/** The error for a request that is refused with a status. */
export function refusedRequest(statusCode: number, message: string): ErrorInfo {
  return new ErrorInfo(message, statusCode * 100);
}
