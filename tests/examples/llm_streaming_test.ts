import { assert, assertEquals, test } from "../harness.ts";
import { fakeModel } from "../../examples/llm-streaming/model.ts";
import { type Answer, readAnswers } from "../../examples/llm-streaming/read_answers.ts";
import { writeAnswer } from "../../examples/llm-streaming/write_answer.ts";
import { Realtime } from "../../src/realtime/realtime.ts";
import { Action } from "../../src/protocol/actions.ts";
import { createService } from "../../src/testing/mod.ts";

const CHANNEL = "mutable:answers";
const WHOLE = "You asked: Why? Nobody knows, but here are some words about it.";

async function untilComplete(answers: AsyncIterable<Answer>): Promise<Answer[]> {
  const seen: Answer[] = [];
  for await (const answer of answers) {
    seen.push(answer);
    if (answer.isComplete) break;
  }
  return seen;
}

/** A model that waits in the middle of its answer until the test lets it continue. */
function pausingModel() {
  const [reached, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let words = 0;
  const tokens = fakeModel("Why?", async () => {
    if (++words !== 5) return;
    reached.resolve();
    await goOn.promise;
  });
  return { tokens, reached: reached.promise, goOn: goOn.resolve };
}

test("examples, llm-streaming: the reader sees the text grow, token by token", async () => {
  await using service = createService();
  await using agent = new Realtime(service.options());
  await using user = new Realtime(service.options());
  const channel = user.channels.get(CHANNEL);
  const seen = untilComplete(readAnswers(channel));
  await channel.attach();
  const serial = await writeAnswer(agent.channels.get(CHANNEL), fakeModel("Why?"));
  const answers = await seen;
  assertEquals(new Set(answers.map((answer) => answer.serial)), new Set([serial]));
  const texts = answers.map(({ text }) => text);
  assertEquals(texts.slice(0, 4), ["", "You ", "You asked: ", "You asked: Why? "]);
  assertEquals(texts.at(-1), WHOLE);
  assert(texts.every((text, i) => i === 0 || text.startsWith(texts[i - 1]!)));
  const { items } = await channel.history();
  assertEquals(items.map(({ data }) => data), [WHOLE]); // one message, not one for each token
});

for (const rewind of [false, true]) {
  test(`examples, llm-streaming: who comes late ${rewind ? "and rewinds " : ""}gets what there is, then the rest`, async () => {
    await using service = createService();
    await using agent = new Realtime(service.options());
    await using user = new Realtime(service.options());
    const { tokens, reached, goOn } = pausingModel();
    const written = writeAnswer(agent.channels.get(CHANNEL), tokens);
    await reached;
    // The service answers in order, so it has the appends, too.
    await agent.connection.ping();
    const channel = user.channels.get(CHANNEL, { params: rewind ? { rewind: "1" } : {} });
    const answers = readAnswers(channel);
    const first = answers.next();
    await channel.attach();
    if (rewind) assertEquals((await first).value?.text, "You asked: Why? Nobody ");
    goOn();
    if (!rewind) assertEquals((await first).value?.text, "You asked: Why? Nobody knows, ");
    assertEquals((await untilComplete(answers)).at(-1)?.text, WHOLE);
    await written;
  });
}

test("examples, llm-streaming: the final update repairs an append that was refused", async () => {
  await using service = createService();
  await using agent = new Realtime(service.options());
  await using user = new Realtime(service.options());
  const channel = user.channels.get(CHANNEL);
  const seen = untilComplete(readAnswers(channel));
  await channel.attach();
  const target = agent.channels.get(CHANNEL);
  await target.attach();
  // The third message is the second append.
  service.faults.fromClient({ action: Action.Message }, {
    replace: (frame) => ({ ...frame, messages: [{ ...frame.messages![0], serial: "unknown" }] }),
  }, { skip: 2, times: 1 });
  await writeAnswer(target, fakeModel("Why?"));
  const texts = (await seen).map(({ text }) => text);
  assertEquals(texts.slice(0, 3), ["", "You ", "You Why? "]);
  assertEquals(texts.at(-1), WHOLE);
});
