/**
 * Receive Ably's webhooks: verify their signatures and decode their events, without a client and without network.
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
 *
 * @module
 */
export type { CipherParamOptions } from "../crypto/cipher_params.ts";
export { ErrorInfo, type ErrorInfoValues } from "../errors.ts";
export type { DecodeOptions } from "../messages/decode_options.ts";
export type {
  InboundMessage,
  Message,
  MessageAction,
  MessageAnnotations,
  MessageStatic,
  MessageVersion,
} from "../messages/message.ts";
export type {
  InboundPresenceMessage,
  PresenceAction,
  PresenceMessage,
  PresenceMessageStatic,
} from "../messages/presence_message.ts";
export type { BinaryLike } from "../util/bytes.ts";
export type { WebhookDelivery } from "./delivery.ts";
export type {
  WebhookEvent,
  WebhookEventBase,
  WebhookLifecycleEvent,
  WebhookMessageEvent,
  WebhookOccupancy,
  WebhookOccupancyEvent,
  WebhookPresenceEvent,
  WebhookUnknownEvent,
} from "./events.ts";
export { webhookHandler } from "./handler.ts";
export { readWebhook, type WebhookCodec, type WebhookOptions } from "./read_webhook.ts";
export { type VerifyOptions, verifyWebhook } from "./verify.ts";
