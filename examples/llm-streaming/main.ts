/**
 * A model's answer that grows on the screen: `deno run main.ts "Why is the sky blue?"`. It runs on the local service; with
 * a key in `ABLY_API_KEY`, and `--allow-env --allow-net`, on Ably itself.
 */
import { type ClientOptions, Realtime } from "@ably-edge/sdk/realtime";
import { createService } from "@ably-edge/sdk/testing";
import { fakeModel } from "./model.ts";
import { readAnswers } from "./read_answers.ts";
import { writeAnswer } from "./write_answer.ts";

/** A channel in a namespace whose messages can be changed. */
const CHANNEL = "mutable:answers";

await using service = createService();
const options: ClientOptions = hasKey() ? { key: Deno.env.get("ABLY_API_KEY") } : service.options();

await using agent = new Realtime(options);
await using user = new Realtime(options);
const answers = readAnswers(user.channels.get(CHANNEL));
const shown = show();
await user.channels.get(CHANNEL).attach();
await writeAnswer(agent.channels.get(CHANNEL), fakeModel(Deno.args.join(" ") || "Why?", pause));
await shown;

async function show(): Promise<void> {
  for await (const { text, isComplete } of answers) {
    console.log(text);
    if (isComplete) return;
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 60));
}

function hasKey(): boolean {
  const query = { name: "env", variable: "ABLY_API_KEY" } as const;
  return Deno.permissions.querySync(query).state === "granted" &&
    Deno.env.get("ABLY_API_KEY") !== undefined;
}
