import "server-only";
import { type InboundMessage, Rest } from "@ably-edge/sdk/rest";
import { setting } from "./settings.ts";

/** The address of the service, as options of a client. It is empty for Ably itself. */
export interface Service {
  endpoint?: string;
  port?: number;
  tls?: boolean;
}

/** A note on the wall, as a page gets it. */
export interface Note {
  id: string;
  author: string;
  text: string;
}

const SHOWN = 20;

let rest: Rest | undefined;

/** The channel, for the server. The client is made when it is needed: Next.js loads this file to build, without the key. */
function wall() {
  rest ??= new Rest({ ...service(), key: setting("ABLY_API_KEY") });
  return rest.channels.get("wall");
}

/** A local service, if the environment names one. */
export function service(): Service {
  const { ABLY_ENDPOINT: endpoint, ABLY_PORT: port } = process.env;
  return endpoint ? { endpoint, port: Number(port), tls: false } : {};
}

/** The latest notes, the newest last. */
export async function latestNotes(): Promise<Note[]> {
  const { items } = await wall().history({ limit: SHOWN });
  return items.reverse().map(({ id, clientId, data }: InboundMessage) => ({
    id,
    author: clientId ?? "",
    text: String(data),
  }));
}

/** Publishes a note in the name of a user. */
export async function publishNote(user: string, text: string): Promise<void> {
  await wall().publish({ name: "note", clientId: user, data: text });
}
