import { messageOf } from "../../util/message_of.ts";
import { channelErrors } from "../../client/channel_ref.ts";
import type { ClientContext } from "../../client/context.ts";
import type { AesCbcCipher } from "../../crypto/aes_cbc.ts";
import { decodeVcdiff } from "../../delta/vcdiff.ts";
import { decodePayloads } from "../../encoding/chain.ts";
import * as ErrorCode from "../../error_numbers.ts";
import { createError, type ErrorInfo } from "../../errors.ts";
import { completeMessage, type InboundMessage, type WireMessage } from "../../messages/message.ts";
import type { ProtocolMessage } from "../../protocol/protocol_message.ts";
import { fillIn } from "./fill_in.ts";
import { fromBase64Payload, isBinary, toBytes, utf8 } from "../../util/bytes.ts";
import { printable } from "../../util/printable.ts";

/** The messages of a frame. */
export interface DecodedFrame {
  /** The messages, in order. Their payloads are decoded once `pending` has resolved. */
  readonly messages: InboundMessage[];
  /** Resolves when all payloads are decrypted; absent if no cipher has to work. */
  readonly pending?: Promise<unknown>;
  /** The reason why the rest of the frame could not be read: a delta did not fit (RTL18). */
  readonly failure?: ErrorInfo;
}

/**
 * Reads the messages of a channel, one frame after the other: fills in the attributes of the frame (TM2), applies deltas to the
 * message before (RTL19, RTL20), and decodes the payloads. After a delta that did not fit, it can read nothing until the
 * service has started over (RTL18).
 */
export class MessageDecoder {
  /** Logs an error that no call reports. */
  readonly onError: (error: unknown) => void;
  readonly #context: ClientContext;
  #base: unknown;
  #lastId: string | undefined;
  #isBroken = false;
  /** The versions of messages that the service may send again, before any other. */
  #seen: ReadonlySet<string> | undefined;

  constructor({ name, context }: { readonly name: string; readonly context: ClientContext }) {
    this.onError = channelErrors(context.options.logger.of("channel"), name);
    this.#context = context;
  }

  /** Whether nothing can be read until the service starts over. */
  get isBroken(): boolean {
    return this.#isBroken;
  }

  /** The service starts over, or continues: the next message is complete, not a delta. */
  restart(): void {
    this.#isBroken = false;
  }

  /** Passes over messages that the service sends again, until the first other one; see {@linkcode versionKey}. */
  skip(seen: ReadonlySet<string>): void {
    this.#seen = seen;
  }

  /** Forgets all earlier messages: the channel begins anew, or has lost continuity. */
  reset(): void {
    this.#base = this.#lastId = this.#seen = undefined;
  }

  /**
   * Reads a MESSAGE frame (RTL21).
   *
   * @param how The cipher of the channel, and whether the attachment asked for deltas. If it did not, the service sends none: a
   * payload that looks like one comes from a publisher, and has an encoding that cannot be decoded (RSL6b).
   */
  decode(
    frame: ProtocolMessage,
    { cipher, hasDeltas }: { cipher: AesCbcCipher | null; hasDeltas: boolean },
  ): DecodedFrame {
    const wires = frame.messages ?? [];
    const messages: InboundMessage[] = [];
    let failure: ErrorInfo | undefined;
    for (let index = 0; index < wires.length; index++) {
      const wire = wires[index]!;
      fillIn(wire, frame, index);
      try {
        if (hasDeltas) this.#applyDelta(wire);
      } catch (cause) {
        failure = deltaFailed(cause);
        this.#break(wires.slice(0, index));
        break;
      }
      if (wire.id != null && this.#seen?.has(versionKey(wire))) continue;
      this.#seen = undefined;
      messages.push(completeMessage(wire));
    }
    const pending = decodePayloads(messages, { cipher, onError: this.onError });
    return { messages, pending: pending ?? undefined, failure };
  }

  #break(before: readonly WireMessage[]): void {
    this.#isBroken = true;
    this.#base = this.#lastId = undefined;
    // The service will send the frame again.
    this.#seen = new Set(before.map(versionKey));
  }

  /** RTL19: removes an outer base64, applies a delta, and keeps the result as base for the next message. */
  #applyDelta(wire: WireMessage): void {
    let encoding = typeof wire.encoding === "string" ? wire.encoding : ""; // RSF1
    if (encoding.endsWith("base64") && typeof wire.data === "string") { // RTL19a
      try {
        wire.data = fromBase64Payload(wire.data);
      } catch {
        this.#base = wire.data; // RSL6b: the payload stays as it is, and the chain reports it.
        this.#lastId = wire.id;
        return;
      }
      wire.encoding = withoutLast(encoding);
      encoding = wire.encoding ?? "";
    }
    if (encoding.endsWith("vcdiff")) { // RTL19c
      wire.data = this.#patched(wire);
      wire.encoding = withoutLast(encoding);
    }
    // RTL19b. A copy, because a listener gets the bytes themselves and may change them.
    this.#base = wire.encoding || !isBinary(wire.data) ? wire.data : toBytes(wire.data).slice();
    this.#lastId = wire.id; // RTL20
  }

  #patched(wire: WireMessage): Uint8Array {
    const from = (wire.extras as { delta?: { from?: string } } | null)?.delta?.from; // DE2a
    if (this.#base == null || from !== this.#lastId) { // RTL20
      throw new Error(
        `It was made against message "${from}", but the last message was "${this.#lastId}"`,
      );
    }
    if (!isBinary(wire.data)) throw new Error("It is not binary");
    const base = typeof this.#base === "string"
      ? utf8(this.#base)
      : toBytes(this.#base as Uint8Array); // PC3a
    const { options: { vcdiff }, limits } = this.#context;
    const delta = toBytes(wire.data);
    return vcdiff
      ? vcdiff.decode(delta, base)
      : decodeVcdiff(delta, base, { maxSize: largestMessage(limits) });
  }
}

/** The properties that identify an annotation, or a version of a message. */
export type Versioned = Pick<WireMessage | InboundMessage, "id" | "serial" | "version">;

/** Identifies an annotation, or a version of a message: all versions have the id of the first (TM2s). */
export function versionKey({ id, serial, version }: Versioned): string {
  return `${id} ${version?.serial ?? serial}`;
}

function withoutLast(encoding: string): string | null {
  const slash = encoding.lastIndexOf("/");
  return slash < 0 ? null : encoding.slice(0, slash);
}

/**
 * The limit for the result of a delta, in bytes: the publisher's message was within the service's limit, which ciphers exceed a
 * little and which may have been changed since. A delta of a few bytes can ask for gigabytes.
 */
function largestMessage({ maxMessageSize }: ClientContext["limits"]): number {
  return Math.min(2 * Math.max(maxMessageSize, 65_536), 16 * 1024 * 1024);
}

function deltaFailed(cause: unknown): ErrorInfo {
  return createError(
    ErrorCode.DeltaDecodeFailed,
    printable(`Failed to apply a delta: ${messageOf(cause)}`),
    "Nothing to do: the client attaches again from the last good message.",
    { cause },
  );
}
