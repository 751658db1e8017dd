import { AesCbcCipher } from "../crypto/aes_cbc.ts";
import { type CipherParamOptions, getDefaultParams } from "../crypto/cipher_params.ts";
import type { DecodeContext } from "../encoding/chain.ts";
import * as ErrorCode from "../error_numbers.ts";
import { createError, type ErrorInfo } from "../errors.ts";
import { fromUtf8Strict } from "../util/bytes.ts";
import { having, readMembers, type Shape } from "../util/read_members.ts";
import { describeError, Logger } from "../util/logger.ts";
import { type ContextFor, decodeEnvelope, decodeRaw, isEnvelope, isRaw } from "./decode.ts";
import {
  type ReadDelivery,
  readDelivery,
  type WebhookDelivery,
  withDefaultLimits,
} from "./delivery.ts";
import type { WebhookEvent } from "./events.ts";
import { isSigned, noKey, parseKeys, verifySignature } from "./verify.ts";

/** Decodes MessagePack; `msgpackCodec` of `@ably-edge/sdk` is such a codec. */
export interface WebhookCodec {
  /** Decodes a value, or throws if the bytes are not in the format. */
  decode(data: Uint8Array<ArrayBuffer>): unknown;
}

/** Options of {@linkcode readWebhook}. */
export interface WebhookOptions {
  /** The API key that the rule signs with, `appId.keyId:secret`; several during a change of keys. */
  key?: string | readonly string[] | null;
  /**
   * Whether to accept deliveries without a signature, which anyone who knows the URL can send. Defaults to false. Ably signs
   * only batched deliveries, so rules in single request mode need this option; signatures are verified nevertheless if present.
   * Protect such an endpoint in another way: with a secret in a header of the rule, checked before.
   */
  allowUnsigned?: boolean | null;
  /**
   * The cipher of the payloads, for all channels or by channel. Without it, payloads stay encrypted, and `encoding` names the
   * cipher.
   */
  cipher?:
    | CipherParamOptions
    | ((channel: string) => CipherParamOptions | null | undefined)
    | null;
  /** The codec for rules with the encoding MessagePack. */
  plugins?: { msgpack?: WebhookCodec | null } | null;
  /** The largest body, in bytes. Defaults to 10 MiB. */
  maxBodySize?: number | null;
  /** The longest time the body may take to arrive, in milliseconds. Defaults to 10000; `Infinity` for no limit. */
  bodyTimeout?: number | null;
  /** Called with the error when a payload cannot be decoded (RSL6b). By default, the error is logged to the console. */
  onError?: ((error: ErrorInfo) => void) | null;
}

/**
 * Verifies a webhook delivery of Ably and decodes its events: batched, enveloped or bare, in JSON or MessagePack.
 *
 * @param delivery The request, or its headers and its raw body.
 * @param options The key, and other options.
 * @returns The events in order. Those that this version does not know have the kind `"unknown"`.
 * @throws {ErrorInfo} 40100 if it is not signed, 40101 if the signature is wrong, 40009 if the body is too large, 50003 if it
 * takes too long, 40001 if it is malformed or has been read already, 40019 if it needs the MessagePack codec, 40005 and 40003
 * if the options are not valid.
 *
 * @example A Worker that receives messages
 * ```ts
 * import { readWebhook } from "@ably-edge/sdk/webhooks";
 *
 * export default {
 *   async fetch(request: Request, env: { ABLY_API_KEY: string }): Promise<Response> {
 *     for (const event of await readWebhook(request, { key: env.ABLY_API_KEY })) {
 *       if (event.kind === "message") console.log(event.channel, event.message.data);
 *     }
 *     return new Response(null, { status: 204 });
 *   },
 * };
 * ```
 */
export async function readWebhook(
  delivery: Request | WebhookDelivery,
  options: WebhookOptions,
): Promise<WebhookEvent[]> {
  const accept = webhookAcceptor(options);
  const decode = await accept(delivery);
  return await decode();
}

const OPTIONS: Shape<WebhookOptions> = {
  what: "The webhook options",
  statusCode: 500, // The mistake is not Ably's.
  names: {
    key: true,
    allowUnsigned: "boolean",
    cipher: true,
    plugins: true,
    maxBodySize: "number",
    bodyTimeout: "number",
    onError: "function",
  },
};

const PLUGINS: Shape<NonNullable<WebhookOptions["plugins"]>> = {
  what: 'The option "plugins"',
  names: { msgpack: having("decode") },
};

/**
 * Decodes the events of a delivery that was accepted. A failure then comes from a function in the options, not from the
 * delivery.
 */
export type AcceptedWebhook = () => Promise<WebhookEvent[]>;

/**
 * Makes a function that reads and verifies deliveries. It reports the errors of a delivery before any function of the options
 * is called.
 *
 * @throws {ErrorInfo} 40005 and 40003 if the options are not valid. The returned function throws all other errors of
 * {@linkcode readWebhook}.
 */
export function webhookAcceptor(
  options: WebhookOptions,
): (delivery: Request | WebhookDelivery) => Promise<AcceptedWebhook> {
  const given = readMembers(options, OPTIONS);
  const { msgpack } = readMembers(given.plugins, PLUGINS);
  const keys = parseKeys(given.key);
  const allowUnsigned = given.allowUnsigned === true;
  if (keys.length === 0 && !allowUnsigned) throw noKey();
  const limits = withDefaultLimits(given);
  const contextsOf = contexts(given);
  return async (delivery) => {
    const read = await readDelivery(delivery, limits);
    const verify = keys.length > 0 && (isSigned(read) || !allowUnsigned);
    if (verify) await verifySignature(read, keys);
    // Only unsigned deliveries may be bare payloads. The signature does not cover the headers, so a signed body with other
    // headers could become another event.
    if (!verify && isRaw(read)) return () => decodeRaw(read, contextsOf());
    const body = parse(read, msgpack);
    if (!isEnvelope(body)) throw malformedDelivery("is neither a batch nor an envelope");
    return () => decodeEnvelope(body, contextsOf());
  };
}

function parse({ headers, body }: ReadDelivery, msgpack: WebhookCodec | undefined): unknown {
  const binary = headers.get("content-type")?.startsWith("application/x-msgpack") === true;
  if (binary && msgpack === undefined) throw noCodec();
  try {
    return binary ? msgpack!.decode(body) : JSON.parse(fromUtf8Strict(body));
  } catch (cause) {
    throw malformedDelivery(`is not ${binary ? "MessagePack" : "JSON"}`, cause);
  }
}

/** The decode options for channels: the same for all, or those that the function returns for a channel. */
function contexts({ cipher, onError }: WebhookOptions): () => ContextFor {
  const report = onError ?? ((error: ErrorInfo) => new Logger().error(() => describeError(error)));
  const contextWith = (params: CipherParamOptions | null | undefined): DecodeContext => ({
    cipher: params == null ? null : new AesCbcCipher(getDefaultParams(params)),
    onError: report,
  });
  if (typeof cipher !== "function") {
    const one = contextWith(cipher);
    return () => () => one;
  }
  return () => {
    const known = new Map<string, DecodeContext>();
    return (channel) => {
      const context = known.get(channel) ?? contextWith(cipher(channel));
      known.set(channel, context);
      return context;
    };
  };
}

function malformedDelivery(what: string, cause?: unknown): ErrorInfo {
  return createError(
    ErrorCode.InvalidBody,
    `The body of the webhook delivery ${what}`,
    "Point an integration rule of Ably at this endpoint, and pass the body as received.",
    { cause },
  );
}

function noCodec(): ErrorInfo {
  return createError(
    ErrorCode.PluginMissing,
    "The webhook delivery is in MessagePack, and there is no codec",
    'Pass the codec as plugins: { msgpack }, or set the encoding of the rule to "JSON".',
  );
}
