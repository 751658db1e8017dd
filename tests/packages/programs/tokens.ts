// An agent that streams tokens, a user who asks, and one who joins late.
import { createAgentSession, createClientSession, Invocation } from "@ably/ai-transport";
import { createUIMessageCodec } from "@ably/ai-transport/vercel";
import * as Ably from "ably";
import type { UIMessage, UIMessageChunk } from "ai";
import { end, Inbox, say, service, userOptions } from "./support.ts";

const channelName = "mutable:conversation";
const codec = createUIMessageCodec();
const agentClient = new Ably.Realtime({ ...service, clientId: "agent" });
const sessionOf = (clientId: string) =>
  createClientSession({
    client: new Ably.Realtime(userOptions(clientId)),
    channelName,
    codec,
  });

const textOf = ({ role, parts }: UIMessage) =>
  `${role}: ${parts.map((part) => part.type === "text" ? part.text : "").join("")}`;

/** Keeps the texts of a view each time that it changes. */
function watch(view: ReturnType<typeof sessionOf>["view"]): Inbox<string[]> {
  const inbox = new Inbox<string[]>();
  const put = () => inbox.put(view.getMessages().map(({ message }) => textOf(message)));
  view.on("update", put);
  put();
  return inbox;
}

const user = sessionOf("amy");
await user.connect();
const usersTexts = watch(user.view);
const errors = new Inbox<string>();
user.on("error", ({ code }) => errors.put(`user ${code}`));

const question = codec.createUserMessage({
  id: "question",
  role: "user",
  parts: [{ type: "text", text: "Tell me a story" }],
});
const asked = await user.view.send(question);
const invocation = Invocation.fromJSON(JSON.parse(JSON.stringify(asked.toInvocation().toJSON())));
say("invocation", invocation.sessionName === channelName);

const agent = createAgentSession({ client: agentClient, channelName, codec });
agent.on("error", ({ code }) => errors.put(`agent ${code}`));
await agent.connect();
const run = agent.createRun(invocation);
while (run.view.hasOlder()) await run.view.loadOlder();
say("agent reads", run.view.getMessages().map(({ message }) => textOf(message)));
await run.start();
await asked.started;

let write!: (chunk: UIMessageChunk) => void;
let finish!: () => void;
const stream = new ReadableStream<UIMessageChunk>({
  start(controller) {
    write = (chunk) => controller.enqueue(chunk);
    finish = () => controller.close();
  },
});
const piped = run.pipe(stream);
const seen = (inbox: Inbox<string[]>, text: string) => inbox.find((texts) => texts.at(-1) === text);

write({ type: "start", messageId: "answer" });
write({ type: "text-start", id: "t" });
for (const delta of ["Once", " upon", " a"]) write({ type: "text-delta", id: "t", delta });
say("user sees", await seen(usersTexts, "assistant: Once upon a"));

const late = sessionOf("bob");
await late.connect();
const lateTexts = watch(late.view);
while (late.view.hasOlder()) await late.view.loadOlder();
write({ type: "text-delta", id: "t", delta: " time" });
say("late sees", await seen(lateTexts, "assistant: Once upon a time"));
say("runs", late.view.runs().map(({ status, clientId }) => ({ status, clientId })));
for (const delta of ["…", " The", " end"]) write({ type: "text-delta", id: "t", delta });
write({ type: "text-end", id: "t" });
write({ type: "finish" });
finish();
const { reason } = await piped;
await run.end({ reason });
say("piped", reason);
for (const [name, texts] of [["user", usersTexts], ["late", lateTexts]] as const) {
  say(name, await seen(texts, "assistant: Once upon a time… The end"));
}

const after = sessionOf("carol");
await after.connect();
const afterTexts = watch(after.view);
while (after.view.hasOlder()) await after.view.loadOlder();
say("after", await seen(afterTexts, "assistant: Once upon a time… The end"));
say("run", after.view.runs().map(({ status }) => status));

const stopped = await user.view.send(codec.createUserMessage({
  id: "more",
  role: "user",
  parts: [{ type: "text", text: "More" }],
}));
const second = agent.createRun(Invocation.fromJSON(stopped.toInvocation().toJSON()));
while (second.view.hasOlder()) await second.view.loadOlder();
await second.start();
const endless = new ReadableStream<UIMessageChunk>({
  start(controller) {
    controller.enqueue({ type: "start", messageId: "endless" });
    controller.enqueue({ type: "text-start", id: "t" });
    controller.enqueue({ type: "text-delta", id: "t", delta: "and" });
  },
});
const pipedSecond = second.pipe(endless);
await seen(usersTexts, "assistant: and");
await stopped.cancel();
const { reason: why } = await pipedSecond;
await second.end({ reason: "cancelled" });
say("cancelled", why);
say("errors", errors.items);
await agent.end();
await Promise.all([user.close(), late.close(), after.close()]);
end();
