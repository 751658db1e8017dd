import { Rest } from "@ably-edge/sdk/rest";

/** Where the script gets its token, and what from. */
export interface Settings {
  /** The address of the token endpoint. */
  tokenUrl: string;
  /** The session that proves who is asking. */
  session: string;
  /** Where the service is, if it is not Ably itself. */
  service?: { endpoint: string; port: number; tls: boolean };
}

/** Publishes a text and returns all texts on the channel, the latest first. */
export async function publish(text: string, settings: Settings): Promise<string[]> {
  const client = new Rest({
    ...settings.service,
    authUrl: settings.tokenUrl,
    authHeaders: { cookie: `session=${settings.session}` },
  });
  const channel = client.channels.get("lobby");
  await channel.publish("note", text);
  const texts: string[] = [];
  for await (const message of await channel.history()) texts.push(String(message.data));
  return texts;
}
