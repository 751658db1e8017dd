/**
 * A model's answer that grows on the screen: `deno run main.ts "Why is the sky blue?"`. It uses the local service, or Ably
 * itself with a key in `ABLY_API_KEY` and `--allow-env --allow-net`.
 *
 * Here both sides are this program and have the key. Give other users a token that permits only "subscribe" on the channel,
 * because everyone who may publish on it can write answers.
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
    console.log(printable(text));
    if (isComplete) return;
  }
}

/** Replaces control characters, because a prompt can make a model write commands for the terminal. */
function printable(text: string): string {
  return text.replaceAll(/[^\P{C}\n\t]/gu, "\ufffd");
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 60));
}

function hasKey(): boolean {
  const query = { name: "env", variable: "ABLY_API_KEY" } as const;
  return Deno.permissions.querySync(query).state === "granted" &&
    Deno.env.get("ABLY_API_KEY") !== undefined;
}
