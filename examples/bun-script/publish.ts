import { Rest } from "@ably-edge/sdk/rest";

/** The script's token endpoint and session. */
export interface Settings {
  /** The URL of the token endpoint. */
  tokenUrl: string;
  /** The session cookie that identifies the user. */
  session: string;
  /** The address of the service, if it is not Ably itself. */
  service?: { endpoint: string; port: number; tls: boolean };
}

const MAX_TEXTS = 100;

/**
 * Publishes a text and returns the latest 100 texts on the channel, newest first.
 *
 * @throws {Error} If the session would cross a network without TLS.
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
  throw new Error(`The token endpoint must use https, got "${protocol}//${hostname}"`);
}
