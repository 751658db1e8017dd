import { Crypto } from "@ably-edge/sdk/realtime";

/** The data that a user needs to read a room. */
export interface Invitation {
  /** The name of the room. */
  room: string;
  /** The key that encrypts its messages, in base64url. */
  key: string;
}

/**
 * Reads the invitation from the fragment of the page's address, which browsers never send to a server. If the fragment has no
 * invitation, makes one and puts it there.
 */
export async function readInvitation(): Promise<Invitation> {
  const given = new URLSearchParams(location.hash.slice(1));
  const [room, key] = [given.get("room"), given.get("key")];
  if (room && key) return { room, key };
  const made = { room: room || "lobby", key: toBase64Url(await Crypto.generateRandomKey()) };
  history.replaceState(null, "", `#${new URLSearchParams(made)}`);
  return made;
}

function toBase64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_")
    .replace(/=+$/, "");
}
