import type { Hono } from "hono";
import type { Admission } from "../auth/presented_credentials.ts";
import { parsePublishable } from "../core/channel_name.ts";
import { type IncomingMessage, readMessages } from "../core/incoming_message.ts";
import { ServiceCode, serviceError, toErrorInfo, toWireError } from "../core/service_error.ts";
import {
  authenticate,
  bodyCodec,
  type Exchange,
  isBeforeVersion,
  queryOf,
  readBody,
  reply,
  requirePermission,
  type ServiceEnv,
} from "./exchange.ts";
import { publishOverRest } from "./message_routes.ts";

const MAX_CHANNELS = 100;

interface BatchSpec {
  channels: string[];
  messages: IncomingMessage[];
}

type BatchItem =
  | { channel: string; messageId: string; serials: string[] }
  | { channel: string; error: object };

/** Publishing to many channels at once (RSC22). */
export function batchRoutes(router: Hono<ServiceEnv>): void {
  router.post("/messages", async (c) => {
    const admission = await authenticate(c);
    const body = await readBody(c);
    const specs = (Array.isArray(body) ? body : [body]).map((spec) => readSpec(c, spec));
    const results = specs.map((spec) => publishSpec(admission, spec));
    if (isOldForm(c) && !Array.isArray(body)) return replyOldForm(c, results[0]!);
    const answers = results.map(summary);
    return reply(c, Array.isArray(body) ? answers : answers[0], { status: 201 });
  });
}

function readSpec(c: Exchange, value: unknown): BatchSpec {
  const spec = (typeof value === "object" && value !== null ? value : {}) as Record<
    string,
    unknown
  >;
  const channels = Array.isArray(spec.channels) ? spec.channels : [spec.channels];
  if (channels.length === 0 || channels.some((name) => typeof name !== "string")) {
    throw serviceError(ServiceCode.BadRequest, "A batch needs channels and messages");
  }
  if (channels.length > MAX_CHANNELS) {
    throw serviceError(ServiceCode.TooManyChannels, `A batch may have ${MAX_CHANNELS} channels`);
  }
  return { channels, messages: readMessages(spec.messages, bodyCodec(c).format) };
}

function publishSpec(admission: Admission, { channels, messages }: BatchSpec): BatchItem[] {
  return channels.map((channel) => {
    try {
      const { full, base } = parsePublishable(channel);
      requirePermission(admission, { channel: full, operation: "publish" });
      const { messageId, serials } = publishOverRest(admission, base, messages);
      return { channel, messageId, serials };
    } catch (thrown) {
      return { channel, error: toWireError(toErrorInfo(thrown)) };
    }
  });
}

function summary(results: BatchItem[]): object {
  const failureCount = results.filter((result) => "error" in result).length;
  return { successCount: results.length - failureCount, failureCount, results };
}

/** In version 2 of the protocol, the response to a single spec is a plain list. */
function isOldForm(c: Exchange): boolean {
  return isBeforeVersion(c, 3) && !queryOf(c).has("newBatchResponse");
}

function replyOldForm(c: Exchange, results: BatchItem[]): Response {
  if (results.every((result) => !("error" in result))) return reply(c, results, { status: 201 });
  const error = serviceError(ServiceCode.BatchFailedInPart, "The batch failed in part");
  return reply(c, { error: toWireError(error), batchResponse: results }, { status: 400 });
}
