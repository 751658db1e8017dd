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

const MAX_TEXTS = 100;

/**
 * Publishes a text and returns the texts on the channel, the latest first, 100 at most.
 *
 * @throws {Error} If the session would be sent without TLS over a network.
 */
export async function publish(text: string, settings: Settings): Promise<string[]> {
  checkAddress(settings.tokenUrl);
  const client = new Rest({
    ...settings.service,
    authUrl: settings.tokenUrl,
    authHeaders: { cookie: `session=${settings.session}` },
  });
  const channel = client.channels.get("lobby");
  await channel.publish("note", text);
  const texts: string[] = [];
  for await (const message of await channel.history()) {
    texts.push(String(message.data));
    if (texts.length === MAX_TEXTS) break;
  }
  return texts;
}

function checkAddress(tokenUrl: string): void {
  const { protocol, hostname } = new URL(tokenUrl);
  if (protocol === "https:" || ["localhost", "127.0.0.1", "[::1]"].includes(hostname)) return;
  throw new Error(`The token endpoint must be reached with https, got ${protocol}//${hostname}`);
}
