import type { RealtimeChannel } from "../../mod.ts";
import { Realtime, Rest } from "../../mod.ts";
import { assert, test } from "../harness.ts";
import { docExamples } from "../support/doc_examples.ts";
import { SNIPPET_KEY, SnippetRunner } from "../support/snippets.ts";
import { MESSAGE_ITEM, signed } from "../webhooks/support/deliveries.ts";

/** The exports of an example, for its reader to call. */
interface Exports {
  announce?(order: { id: string }): Promise<void>;
  greet?(key: string): Promise<void>;
  readAll?(rest: Rest): Promise<void>;
  follow?(channel: RealtimeChannel, signal: AbortSignal): Promise<void>;
  default?: { fetch(request: Request, env: { ABLY_API_KEY: string }): Promise<Response> };
}

const runner = new SnippetRunner();
for (const example of docExamples(new URL("../../", import.meta.url))) {
  test(`reference: the example in ${example.path}, line ${example.line}, runs`, () =>
    runner.run(example, callAll));
}

async function callAll(exports: Exports): Promise<void> {
  await exports.announce?.({ id: "1" });
  await exports.greet?.(SNIPPET_KEY);
  await exports.readAll?.(new Rest(SNIPPET_KEY));
  await followOne(exports);
  const delivery = await signed({ items: [MESSAGE_ITEM] }, SNIPPET_KEY);
  const response = await exports.default?.fetch(delivery, { ABLY_API_KEY: SNIPPET_KEY });
  assert(response === undefined || response.ok);
}

async function followOne({ follow }: Exports): Promise<void> {
  if (!follow) return;
  await using client = new Realtime(SNIPPET_KEY);
  const enough = new AbortController();
  const channel = client.channels.get("orders");
  await channel.subscribe("placed", () => enough.abort());
  const followed = follow(channel, enough.signal);
  await channel.publish("placed", {});
  await followed.catch((error) => assert(error === enough.signal.reason));
}
