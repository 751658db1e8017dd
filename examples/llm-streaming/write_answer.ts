import type { RealtimeChannel } from "@ably-edge/sdk/realtime";

/**
 * Streams an answer into one message: an empty message first, then one append for each token. The channel's namespace must
 * have "Message annotations, updates, deletes and appends" enabled. The client is a realtime client, which keeps the appends
 * in order.
 *
 * @param channel The channel to write to.
 * @param tokens The model's output, piece by piece.
 * @returns The serial of the message.
 */
export async function writeAnswer(
  channel: RealtimeChannel,
  tokens: AsyncIterable<string>,
): Promise<string> {
  const { serials: [serial] } = await channel.publish("answer", "");
  if (serial == null) throw new Error("The service gave the message no serial");
  const appends: Promise<unknown>[] = [];
  let text = "";
  for await (const token of tokens) {
    text += token;
    // Not awaited: the next token must not wait for the service. The update below repairs failed appends.
    appends.push(channel.appendMessage({ serial, data: token }).catch(() => {}));
  }
  await Promise.all(appends);
  // The complete text, in case an append was refused, with the sign that the answer is complete.
  const extras = { headers: { status: "complete" } };
  await channel.updateMessage({ serial, data: text, extras });
  return serial;
}
