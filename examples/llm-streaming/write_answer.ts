import type { RealtimeChannel } from "@ably-edge/sdk/realtime";

/**
 * Streams an answer into one message: an empty message first, then one append for each token. It takes a channel whose
 * namespace has "Message annotations, updates, deletes and appends" switched on, and a realtime client, which keeps the
 * appends in order.
 *
 * @param channel Where to.
 * @param tokens What the model says, bit by bit.
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
    // Not awaited: the next token shall not wait for the service. What fails is made good below.
    appends.push(channel.appendMessage({ serial, data: token }).catch(() => {}));
  }
  await Promise.all(appends);
  // The whole text, so that it is right even if an append was refused, and the sign that no more comes.
  const extras = { headers: { status: "complete" } };
  await channel.updateMessage({ serial, data: text, extras });
  return serial;
}
