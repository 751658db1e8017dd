import type { InboundMessage, LiveOptions, RealtimeChannel } from "@ably-edge/sdk/realtime";

/** An answer, possibly still growing. */
export interface Answer {
  /** Identifies the answer while it grows. */
  serial: string;
  /** The text so far. */
  text: string;
  /** Whether the answer is complete. */
  isComplete: boolean;
}

/** The maximum number of growing answers. Beyond it, the oldest are dropped, in case they never end. */
const MAX_OPEN = 100;

/**
 * Yields an answer each time it has grown. A late reader gets the complete text so far before the next append: at once with
 * the channel parameter `rewind`, otherwise with the first append.
 *
 * @param channel The channel of the answers.
 * @param options A signal that ends the loop.
 */
export async function* readAnswers(
  channel: RealtimeChannel,
  options?: LiveOptions,
): AsyncGenerator<Answer> {
  const texts = new Map<string, string>();
  for await (const message of channel.messages("answer", options)) {
    const { serial, action } = message;
    if (serial === undefined || action === "message.delete") continue;
    // Ably may send the complete text instead of an append at any time, so check the action.
    const before = action === "message.append" ? texts.get(serial) ?? "" : "";
    const text = before + String(message.data ?? "");
    const isComplete = statusOf(message) === "complete";
    if (isComplete) texts.delete(serial);
    else texts.set(serial, text);
    if (texts.size > MAX_OPEN) texts.delete([...texts.keys()][0]!);
    yield { serial, text, isComplete };
  }
}

function statusOf({ extras }: InboundMessage): unknown {
  return (extras?.headers as Record<string, unknown> | undefined)?.status;
}
