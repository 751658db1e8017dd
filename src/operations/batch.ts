import * as ErrorCode from "../error_numbers.ts";
import { errorFromWire, type ErrorInfo } from "../errors.ts";
import type { AesCbcCipher } from "../crypto/aes_cbc.ts";
import { type BatchResult, counted } from "../http/batch_result.ts";
import { fetchBody } from "../http/fetch_body.ts";
import type { Message, WireMessage } from "../messages/message.ts";
import {
  completePresenceMessage,
  type InboundPresenceMessage,
  type WirePresenceMessage,
} from "../messages/presence_message.ts";
import { toWireMessages } from "../protocol/to_wire_message.ts";
import { readMembers, type Shape } from "../util/read_members.ts";
import { checkChannelName, invalidParameter } from "../client/checks.ts";
import { readAnswer } from "../client/answers.ts";
import type { CallOptions } from "../client/call_options.ts";
import { decodeContext } from "../client/channel_ref.ts";
import type { ClientContext } from "../client/context.ts";
import { decodeItems, itemsOf } from "./paging/fetch_page.ts";
import { type OwnMessage, ownMessages } from "../client/own_message.ts";
import { checkPublishSize, giveIds } from "./publish.ts";

/** Messages, and the channels to publish them to (BSP1). */
export interface BatchPublishSpec {
  /** The names of the channels (BSP2a). A single name without an array is accepted too, as in `ably`. */
  channels: string[];
  /** The messages (BSP2b). A single message without an array is accepted too, as in `ably`. */
  messages: Message[];
}

/** The messages of a spec were published to a channel (BPR1). */
export interface BatchPublishSuccessResult {
  /** The channel (BPR2a). */
  channel: string;
  /** The common beginning of the messages' ids (BPR2b). */
  messageId: string;
  /** The serials of the messages, in order; `null` for one that the service discarded by a rule (BPR2c). */
  serials: (string | null)[];
  /** Always absent on success. */
  error?: undefined;
}

/** The messages of a spec were not published to a channel (BPF1). */
export interface BatchPublishFailureResult {
  /** The channel (BPF2a). */
  channel: string;
  /** The reason (BPF2b). */
  error: ErrorInfo;
}

/** The members of one channel's presence set (BGR1). */
export interface BatchPresenceSuccessResult {
  /** The channel (BGR2a). */
  channel: string;
  /** The members (BGR2b). */
  presence: InboundPresenceMessage[];
  /** Always absent on success. */
  error?: undefined;
}

/** The members of a channel's presence set could not be read (BGF1). */
export interface BatchPresenceFailureResult {
  /** The channel (BGF2a). */
  channel: string;
  /** The reason (BGF2b). */
  error: ErrorInfo;
}

/** The result of publishing one spec. */
export type BatchPublishResult = BatchResult<BatchPublishSuccessResult | BatchPublishFailureResult>;

/** The result of reading several presence sets. */
export type BatchPresenceResult = BatchResult<
  BatchPresenceSuccessResult | BatchPresenceFailureResult
>;

/** The options of a batch. */
export interface BatchOptions extends CallOptions {
  /** Finds the cipher of a channel, if it has one. */
  cipherOf: (channel: string) => AesCbcCipher | null;
}

/** A spec in wire form. */
interface WireSpec {
  channels: string[];
  messages: WireMessage[];
}

/**
 * Publishes specs in one request (RSC22). Payloads are encoded, and encrypted for channels that have a cipher.
 *
 * @returns One result for each spec, in order (RSC22b).
 * @throws {ErrorInfo} 40003, 40009, 40010 or 40013 if a spec is not valid; or the error that the service returned.
 */
export async function batchPublish(
  context: ClientContext,
  specs: readonly BatchPublishSpec[],
  { cipherOf, signal }: BatchOptions,
): Promise<BatchPublishResult[]> {
  if (specs.length === 0) throw invalidParameter("There is no batch spec", "Give at least one.");
  const own = Array.from(specs, ownSpec);
  for (const { messages } of own) checkPublishSize(messages, context.limits.maxMessageSize); // RSL1i
  const groups = await Promise.all(own.map((spec) => toWireSpecs(context, spec, cipherOf)));
  const body = await fetchBody(context.http, {
    method: "POST",
    path: "/messages", // RSC22c
    body: groups.flatMap(({ wires }) => wires),
    signal,
  });
  const answers = itemsOf<BatchResult<WireResult>>(body);
  let taken = 0;
  return await readAnswer(
    "publish a batch",
    () =>
      groups.map(({ channels, wires }) =>
        joined(channels, answers.slice(taken, taken += wires.length))
      ),
  );
}

interface WireResult {
  channel: string;
  messageId?: string;
  serials?: (string | null)[];
  presence?: WirePresenceMessage[];
  error?: unknown;
}

const SPEC: Shape<BatchPublishSpec> = {
  what: "The batch spec",
  names: { channels: true, messages: true },
};

/** A copy of a spec, made when the call was made. */
interface OwnSpec {
  readonly channels: string[];
  readonly messages: OwnMessage[];
}

function ownSpec(given: BatchPublishSpec): OwnSpec {
  const { channels: names, messages } = readMembers(given, SPEC);
  const channels = listOf(names, "string");
  if (channels.length === 0) {
    throw invalidParameter(
      "The batch spec names no channels",
      'Give "channels" as an array of at least one name.',
    );
  }
  channels.forEach(checkChannelName);
  return { channels, messages: ownMessages(listOf(messages, "object")) };
}

/** A copy of an array. A single value of the type stands for an array of it, because `ably` accepts that too. */
function listOf<T>(given: readonly T[] | undefined, type: "string" | "object"): T[] {
  if (Array.isArray(given)) return [...given];
  return typeof given === type && given !== null ? [given as unknown as T] : [];
}

/** The wire form of a spec: one wire spec for each cipher among its channels, all with the same message ids (RSC22d). */
async function toWireSpecs(
  context: ClientContext,
  { channels, messages }: OwnSpec,
  cipherOf: (channel: string) => AesCbcCipher | null,
): Promise<{ channels: string[]; wires: WireSpec[] }> {
  giveIds(messages, context);
  const { format } = context.options.codec;
  const ciphers = [...new Set(channels.map(cipherOf))];
  const wires = await Promise.all(ciphers.map(async (cipher) => ({
    channels: channels.filter((channel) => cipherOf(channel) === cipher),
    messages: await toWireMessages(messages, { format, cipher }),
  })));
  return { channels, wires };
}

/**
 * Combines the results of the wire specs of one spec, in the order of its channels. The results are matched by the channel that
 * they name. Missing results are no error, because the messages have been sent.
 */
function joined(
  channels: readonly string[],
  answers: BatchResult<WireResult>[],
): BatchPublishResult {
  const results = answers.flatMap(({ results }) =>
    results.map(({ channel, error, messageId, serials }) => {
      if (error != null) return { channel, error: errorFromWire(error) };
      return { channel, messageId: messageId ?? "", serials: serials ?? [] };
    })
  );
  const place = (result: { channel: string }) => channels.indexOf(result.channel);
  results.sort((a, b) => place(a) - place(b));
  return counted(results, answers);
}

/**
 * Reads the presence sets of several channels in one request (RSC24).
 *
 * @throws {ErrorInfo} 40003 without channels, 40010 if a name is empty or has a comma; or the error that the service returned.
 */
export async function batchPresence(
  { http, options: { logger } }: ClientContext,
  given: readonly string[],
  { cipherOf, signal }: BatchOptions,
): Promise<BatchPresenceResult> {
  const channels = Array.isArray(given) ? [...given] : [];
  if (channels.length === 0) {
    throw invalidParameter("There are no channels", "Give an array of at least one channel name.");
  }
  for (const channel of channels) {
    checkChannelName(channel);
    if (!channel.includes(",")) continue;
    throw invalidParameter(
      `The channel name "${channel}" has a comma, which separates names in a batch`,
      "Read this channel alone, with channel.presence.get().",
      ErrorCode.InvalidChannelName,
    );
  }
  const body = await fetchBody(http, {
    method: "GET",
    path: "/presence",
    params: { channels: channels.join(",") },
    signal,
  });
  return await readAnswer("read presence sets", async () => {
    const answer = body as BatchResult<WireResult>;
    const results = await Promise.all(answer.results.map(async ({ channel, presence, error }) => {
      if (error != null) return { channel, error: errorFromWire(error) };
      const decoding = decodeContext(logger, { name: channel, cipher: cipherOf(channel) });
      const members = decodeItems(presence ?? [], completePresenceMessage, decoding);
      return { channel, presence: await members };
    }));
    return counted(results, [answer]);
  });
}
