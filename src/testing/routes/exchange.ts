import type { Context } from "hono";
import type { ErrorInfo } from "../../errors.ts";
import type { Codec } from "../../protocol/codec.ts";
import { jsonCodec } from "../../protocol/json_codec.ts";
import { msgpackCodec } from "../../protocol/msgpack_codec.ts";
import { readAtMost } from "../../util/read_body.ts";
import { type Admission, admit, credentialsOf } from "../auth/presented_credentials.ts";
import { permits } from "../auth/capability_rules.ts";
import { isTooDeep } from "../core/depth.ts";
import type { AblyApp } from "../core/ably_app.ts";
import { oldMessage, VERSION_OBJECTS } from "../core/old_message.ts";
import { writePayload } from "../core/payload.ts";
import { ServiceCode, serviceError, toWireError } from "../core/service_error.ts";
import type { ServiceCore } from "../service/service_core.ts";
import type { LoggedRequest } from "../service/service_log.ts";

/** The variables in Hono's context. */
export interface ServiceEnv {
  Variables: { core: ServiceCore; logged: LoggedRequest; app?: AblyApp };
}

/** A request during its handling by a route. */
export type Exchange = Context<ServiceEnv>;

type Payload = { data?: unknown; encoding?: string | null };

/** The largest request body, in bytes. */
const MAX_BODY = 4 * 1024 * 1024;

/** The query of the request. */
export function queryOf(c: Exchange): URLSearchParams {
  return new URL(c.req.url).searchParams;
}

/** Whether the client uses a version of the API before this one. Without a header, it uses the latest. */
export function isBeforeVersion(c: Exchange, version: number): boolean {
  return Number(c.req.header("X-Ably-Version") ?? version) < version;
}

/** The codec of the request body. */
export function bodyCodec(c: Exchange): Codec {
  const type = c.req.header("Content-Type") ?? "";
  return type.includes("msgpack") ? msgpackCodec : jsonCodec;
}

/** The codec that the client requests for the response. */
export function replyCodec(c: Exchange): Codec {
  const format = queryOf(c).get("format");
  if (format !== null) return format === "msgpack" ? msgpackCodec : jsonCodec;
  const accept = c.req.header("Accept") ?? "";
  const msgpack = accept.indexOf("msgpack");
  const json = accept.indexOf("json");
  return msgpack >= 0 && (json < 0 || msgpack < json) ? msgpackCodec : jsonCodec;
}

/**
 * Reads the body.
 *
 * @throws {ErrorInfo} 40001 if it cannot be read, 40009 if it is too large.
 */
export async function readBody(c: Exchange): Promise<unknown> {
  const { bytes, isAll } = await readAtMost(c.req.raw, MAX_BODY);
  if (!isAll) {
    throw serviceError(ServiceCode.MessageTooLarge, `The request body exceeds ${MAX_BODY} bytes`);
  }
  if (bytes.byteLength === 0) return undefined;
  try {
    const body = bodyCodec(c).decode(bytes);
    if (!isTooDeep(body, bytes.byteLength)) return c.var.logged.body = body;
  } catch {
    // Fall through to the error.
  }
  throw serviceError(ServiceCode.InvalidBody, "The request body cannot be decoded");
}

/** The body as an object. */
export async function readObject(c: Exchange): Promise<Record<string, unknown>> {
  const body = await readBody(c) ?? {};
  if (typeof body === "object" && body !== null && !Array.isArray(body)) {
    return body as Record<string, unknown>;
  }
  throw serviceError(ServiceCode.BadRequest, "The request body must be an object");
}

/** Responds with a value in the requested format. */
export function reply(
  c: Exchange,
  value: unknown,
  { status = 200, headers = {} }: { status?: number; headers?: Record<string, string> } = {},
): Response {
  const envelope = queryOf(c).get("envelope");
  if (envelope !== null) return enveloped(envelope, value, { status, headers });
  // The content type must have no charset, because clients compare the whole text.
  const codec = replyCodec(c);
  return new Response(codec.encode(value), {
    status,
    headers: { "Content-Type": codec.contentType, ...headers },
  });
}

/** Makes the function that writes messages in the format and version of the client. */
export function messageWriter(c: Exchange): <T extends Payload>(message: T) => T {
  const { format } = replyCodec(c);
  const isOld = isBeforeVersion(c, VERSION_OBJECTS);
  return (message) => writePayload(isOld ? oldMessage(message) : message, format);
}

/** Responds without a body. */
export function replyEmpty(c: Exchange): Response {
  const envelope = queryOf(c).get("envelope");
  if (envelope !== null) return enveloped(envelope, undefined, { status: 204, headers: {} });
  return new Response(null, { status: 204 });
}

/** Responds with an error (RSC8e). */
export function replyError(c: Exchange, error: ErrorInfo): Response {
  const headers = {
    "X-Ably-Errorcode": String(error.code),
    "X-Ably-Errormessage": error.message.replace(/[^\x20-\x7e]/g, "?"),
  };
  return reply(c, { error: toWireError(error) }, { status: error.statusCode, headers });
}

/** Checks the credentials of the request. */
export async function authenticate(c: Exchange): Promise<Admission> {
  const admission = await admit(c.var.core.apps, credentialsOf(c.req.raw.headers, queryOf(c)));
  c.set("app", admission.app);
  return admission;
}

/** Checks the credentials of the request, and that they permit an operation on a channel. */
export async function authorize(
  c: Exchange,
  { channel, operation }: { channel: string; operation: string },
): Promise<Admission> {
  const admission = await authenticate(c);
  requirePermission(admission, { channel, operation });
  return admission;
}

/**
 * Checks that an operation on a channel is permitted.
 *
 * @throws {ErrorInfo} 40160 if it is not.
 */
export function requirePermission(
  { grant }: Admission,
  { channel, operation }: { channel: string; operation: string },
): void {
  if (permits(grant.grants, channel, operation)) return;
  throw serviceError(
    ServiceCode.CapabilityDenied,
    `The credentials do not permit to ${operation} on the channel ${JSON.stringify(channel)}`,
  );
}

/** Puts the status and headers of the response into its body, for clients that cannot read them. */
function enveloped(
  format: string,
  response: unknown,
  { status, headers }: { status: number; headers: Record<string, string> },
): Response {
  const codec = format === "msgpack" ? msgpackCodec : jsonCodec;
  const body = codec.encode({
    statusCode: status,
    headers: { "content-type": codec.contentType, ...headers },
    response,
  });
  return new Response(body, { headers: { "Content-Type": codec.contentType } });
}
