import type { InboundMessage, LiveOptions, RealtimeChannel } from "@ably-edge/sdk/realtime";

/** An answer as far as it has come. */
export interface Answer {
  /** Identifies the answer while it grows. */
  serial: string;
  /** What there is of it. */
  text: string;
  /** Whether no more comes. */
  isComplete: boolean;
}

/** The most answers that may grow at once. Of those that never end, the oldest are given up. */
const MAX_OPEN = 100;

/**
 * Answers as they grow, each time one has changed. Who comes late gets the whole text so far before the next append: with
 * the channel parameter `rewind` at once, otherwise as soon as something is appended.
 *
 * @param channel Where they are written.
 * @param options The signal that ends it.
 */
export async function* readAnswers(
  channel: RealtimeChannel,
  options?: LiveOptions,
): AsyncGenerator<Answer> {
  const texts = new Map<string, string>();
  for await (const message of channel.messages("answer", options)) {
    const { serial, action } = message;
    if (serial === undefined || action === "message.delete") continue;
    // Ably may send the whole instead of an append at any time, so it is the action that tells what to do.
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
