import { Crypto } from "@ably-edge/sdk/realtime";

/** The data that a user needs to read a room. */
export interface Invitation {
  /** The name of the room. */
  room: string;
  /** The key that encrypts its messages, in base64url. */
  key: string;
}

/** Makes a room. Its messages can be read only with this invitation. */
export async function makeInvitation(room: string): Promise<Invitation> {
  return { room, key: toBase64Url(await Crypto.generateRandomKey()) };
}

/**
 * The link of an invitation. It is in the fragment of the address, which browsers never send to a server.
 *
 * @param page The address of the page.
 */
export function linkTo(page: string, { room, key }: Invitation): string {
  return new URL(`#${new URLSearchParams({ room, key })}`, page).href;
}

/** Reads the invitation in a link; undefined if there is none. */
export function readInvitation(link: string): Invitation | undefined {
  if (!URL.canParse(link)) return undefined;
  const given = new URLSearchParams(new URL(link).hash.slice(1));
  const [room, key] = [given.get("room"), given.get("key")];
  return room && key ? { room, key } : undefined;
}

function toBase64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_")
    .replace(/=+$/, "");
}
