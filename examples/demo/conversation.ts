import { type InboundMessage, Realtime, type RealtimeChannel, Rest } from "@ably-edge/sdk";
import type { Backend } from "./backend.ts";
import { step } from "./step.ts";
import type { TokenServer } from "./token_endpoint.ts";

/** Runs a server with the key and a user with a token, which send one message each. */
export async function converse(
  { key, options }: Backend,
  { url: authUrl, session }: Pick<TokenServer, "url" | "session">,
): Promise<void> {
  const signal = AbortSignal.timeout(30_000);
  const name = `demo:${crypto.randomUUID()}`;

  const server = new Rest({ ...options, key });
  await using user = new Realtime({
    ...options,
    authUrl,
    authHeaders: { "x-session": session },
  });
  const channel = user.channels.get(name);

  await step("The user gets a token request and connects", async () => {
    const roundTrip = await user.connection.ping({ signal });
    return `as "${user.auth.clientId}", round trip ${Math.round(roundTrip)} ms`;
  });

  const greetings = channel.messages("greeting", { signal });
  await step("The user attaches to a channel", async () => {
    await channel.attach({ signal });
    return name;
  });

  await step("The server publishes over REST", async () => {
    const greeting = { text: "Welcome", at: new Date().toISOString() };
    const { serials } = await server.channels.get(name).publish("greeting", greeting);
    return `serial ${serials[0]}`;
  });

  await step("The user receives it", async () => {
    for await (const message of greetings) return JSON.stringify(message.data);
    throw new Error("The messages ended before the greeting arrived");
  });

  await step("The user publishes back", async () => {
    const { serials } = await channel.publish("answer", "Glad to be here");
    return `serial ${serials[0]}`;
  });

  await step("The user reads the history", async () => {
    const messages = await readHistory(channel, 2);
    return messages.map(({ name, clientId }) => `${name} from ${clientId ?? "server"}`).join(", ");
  });

  await step("The user closes the connection", async () => {
    await user.close();
    return user.connection.state;
  });
}

/** Reads the history until it has enough messages, because Ably takes a moment to add them. */
async function readHistory(channel: RealtimeChannel, count: number): Promise<InboundMessage[]> {
  for (let attempt = 1;; attempt++) {
    const messages = await Array.fromAsync(await channel.history({ direction: "forwards" }));
    if (messages.length >= count || attempt === 10) return messages;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}
