import type { RestChannel } from "@ably-edge/sdk/rest";

/** The name of the messages. */
export const ANSWER = "answer";

/**
 * Writes an answer into one message: an empty one first, then an append for each piece. There is one request at a time, so that
 * the appends stay in order; the pieces that come meanwhile go into the next one.
 *
 * @param channel A channel in a namespace with "Message annotations, updates, deletes and appends".
 * @param pieces The model's output.
 */
export async function writeAnswer(
  channel: RestChannel,
  pieces: AsyncIterable<string>,
): Promise<void> {
  const { serials: [serial] } = await channel.publish(ANSWER, "");
  if (serial == null) throw new Error("The service gave the message no serial");
  let text = "";
  let waiting = "";
  let sending: Promise<void> | undefined;
  const send = async () => {
    while (waiting !== "") {
      const data = waiting;
      waiting = "";
      // The update below repairs a failed append.
      await channel.appendMessage({ serial, data }).catch(() => {});
    }
    sending = undefined;
  };
  let isComplete = false;
  try {
    for await (const piece of pieces) {
      text += piece;
      waiting += piece;
      sending ??= send();
    }
    isComplete = true;
  } finally {
    await sending;
    // The complete text, in case an append failed, with the sign that nothing more comes.
    const status = isComplete ? "complete" : "failed";
    await channel.updateMessage({ serial, data: text, extras: { headers: { status } } });
  }
}
