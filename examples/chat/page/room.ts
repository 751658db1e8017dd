import {
  type ConnectionStateChange,
  type InboundMessage,
  type InboundPresenceMessage,
  Realtime,
  type RealtimeChannel,
} from "@ably-edge/sdk/realtime";
import type { SignedIn } from "./signed_in.ts";
import type { Invitation } from "./invitation.ts";

/** A member of the room. */
export interface Member {
  name: string;
  isTyping: boolean;
}

/** A line of the conversation. */
export interface Line {
  id: string;
  author: string;
  /** `null` if it cannot be read with this key. */
  text: string | null;
  time: Date;
}

/** Receives the events of a room. */
export interface RoomListener {
  onConnection(change: Pick<ConnectionStateChange, "current" | "reason">): void;
  onLine(line: Line): void;
  onMembers(members: Member[]): void;
  onError(error: unknown): void;
}

const HISTORY = 50;

/** A room: one encrypted channel, with its messages and its members. */
export class Room {
  readonly #client: Realtime;
  readonly #channel: RealtimeChannel;
  readonly #listener: RoomListener;
  /** Messages that arrived while older ones are being fetched. */
  #waiting: InboundMessage[] | null = null;
  #isTyping = false;

  /**
   * Connects.
   *
   * @param signedIn The user's session, and the address of the service.
   * @param invitation The name of the room, and its key.
   * @param listener Receives the events of the room.
   */
  constructor(signedIn: SignedIn, { room, key }: Invitation, listener: RoomListener) {
    const { session, service } = signedIn;
    this.#listener = listener;
    this.#client = new Realtime({
      ...service,
      authUrl: "token",
      authHeaders: { "x-session": session },
    });
    this.#client.connection.on((change) => listener.onConnection(change));
    // The data of messages and presence is encrypted; the names of members are not.
    this.#channel = this.#client.channels.get(`chat:${room}`, { cipher: { key } });
  }

  /** Enters the room: shows earlier lines, new lines and the members. */
  async enter(): Promise<void> {
    this.#channel.on(["attached", "update"], ({ resumed }) => {
      // Not resumed: this is the first attach, or lines are missing after a long loss of the connection.
      if (!resumed) void this.#catchUp();
    });
    await this.#channel.subscribe("line", (message) => this.#receive(message));
    await this.#channel.presence.subscribe(() => this.#showMembers());
    await this.#channel.presence.enter({ typing: false });
  }

  /**
   * Publishes a line. Without a connection, it waits for one.
   *
   * @param id Identifies the line when Ably sends it back.
   */
  async say(text: string, id: string): Promise<void> {
    await this.#channel.publish({ id, name: "line", data: text });
  }

  /** Announces whether the user is typing. */
  async setTyping(isTyping: boolean): Promise<void> {
    if (isTyping === this.#isTyping) return;
    this.#isTyping = isTyping;
    await this.#channel.presence.update({ typing: isTyping });
  }

  /** Reconnects at once, because the browser has reported that the network is back. */
  reconnect(): void {
    const { state } = this.#client.connection;
    if (state === "disconnected" || state === "suspended") this.#client.connect();
  }

  /** Leaves at once, so that others do not see the user until the service finds the connection dead. */
  leave(): void {
    void this.#client.close();
  }

  #receive(message: InboundMessage): void {
    if (this.#waiting) this.#waiting.push(message);
    else this.#listener.onLine(lineOf(message));
  }

  /** Shows the lines up to the point where the channel was attached; later ones wait in the meantime. */
  async #catchUp(): Promise<void> {
    const waiting = this.#waiting = this.#waiting ?? [];
    try {
      const { items } = await this.#channel.history({ untilAttach: true, limit: HISTORY });
      waiting.unshift(...items.reverse());
    } catch (error) {
      this.#listener.onError(error);
    }
    this.#waiting = null;
    for (const message of waiting) this.#receive(message);
  }

  async #showMembers(): Promise<void> {
    const members = await this.#channel.presence.get({ waitForSync: false });
    this.#listener.onMembers(byName(members));
  }
}

function lineOf({ id, clientId, data, encoding, timestamp }: InboundMessage): Line {
  // A remaining encoding means that the data could not be decoded: it was encrypted with another key.
  const isReadable = encoding == null && typeof data === "string";
  return { id, author: clientId ?? "", text: isReadable ? data : null, time: new Date(timestamp) };
}

/** One entry for each name, because a user may have several tabs. */
function byName(members: InboundPresenceMessage[]): Member[] {
  const typing = new Map<string, boolean>();
  for (const { clientId, data } of members) {
    const isTyping = (data as { typing?: unknown } | null)?.typing === true;
    typing.set(clientId, isTyping || typing.get(clientId) === true);
  }
  return [...typing].map(([name, isTyping]) => ({ name, isTyping }))
    .sort((a, b) => a.name.localeCompare(b.name));
}
