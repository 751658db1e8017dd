import type { RealtimeChannel } from "@ably-edge/sdk/realtime";

/** The channel with the votes: each voter has a key in the root. */
export const CHANNEL = "poll:lunch";

/** The options of the poll. */
export const OPTIONS: readonly string[] = ["pizza", "curry", "salad"];

/** The number of votes for each option. */
export type Results = Record<string, number>;

/**
 * Shows the results, now and after each change, until the channel is detached or the client closed.
 *
 * @param channel The channel, with the mode `object_subscribe`.
 * @param show Draws the results. It is called only if they are others than before.
 */
export async function follow(
  channel: RealtimeChannel,
  show: (results: Results) => void,
): Promise<void> {
  const votes = await channel.object.get<Record<string, string>>();
  const changes = votes.subscribeIterator();
  let shown = "";
  const draw = () => {
    const results = count(votes.compact() ?? {});
    // After an interruption every object emits a change, even if it is the same as before.
    if (JSON.stringify(results) === shown) return;
    shown = JSON.stringify(results);
    show(results);
  };
  draw();
  for await (const _ of changes) draw();
}

/** Counts votes; those for something else are left out. */
export function count(votes: Record<string, string>): Results {
  const results: Results = Object.fromEntries(OPTIONS.map((option) => [option, 0]));
  for (const option of Object.values(votes)) {
    if (Object.hasOwn(results, option)) results[option]!++;
  }
  return results;
}
