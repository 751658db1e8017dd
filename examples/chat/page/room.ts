import {
  type ConnectionStateChange,
  type InboundMessage,
  type InboundPresenceMessage,
  Realtime,
  type RealtimeChannel,
} from "@ably-edge/sdk/realtime";
import type { SignedIn } from "./signed_in.ts";
import type { Invitation } from "./invitation.ts";

/** Someone in the room. */
export interface Member {
  name: string;
  isTyping: boolean;
}

/** Something that was said. */
export interface Line {
  id: string;
  author: string;
  /** `null` if it cannot be read with this key. */
  text: string | null;
  time: Date;
}

/** Is told what happens in the room. */
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
  /** Messages that came while older ones are being fetched. */
  #waiting: InboundMessage[] | null = null;
  #isTyping = false;

  /**
   * Connects.
   *
   * @param signedIn Who is here, and where the service is.
   * @param invitation The name of the room, and its key.
   * @param listener Is told what happens.
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
    // Payloads of messages and of presence are encrypted; names of members are not.
    this.#channel = this.#client.channels.get(`chat:${room}`, { cipher: { key } });
  }

  /** Enters: shows what was said before, what is said from now on, and who is here. */
  async enter(): Promise<void> {
    this.#channel.on(["attached", "update"], ({ resumed }) => {
      // Not resumed: it is the first time, or the connection was away for so long that lines are missing.
      if (!resumed) void this.#catchUp();
    });
    await this.#channel.subscribe("line", (message) => this.#receive(message));
    await this.#channel.presence.subscribe(() => this.#showMembers());
    await this.#channel.presence.enter({ typing: false });
  }

  /**
   * Says something. Without a connection it waits for one.
   *
   * @param id Tells the message that comes back from others.
   */
  async say(text: string, id: string): Promise<void> {
    await this.#channel.publish({ id, name: "line", data: text });
  }

  /** Tells the others whether one is typing. */
  async setTyping(isTyping: boolean): Promise<void> {
    if (isTyping === this.#isTyping) return;
    this.#isTyping = isTyping;
    await this.#channel.presence.update({ typing: isTyping });
  }

  /** Does not wait for the next try to connect: the browser says that there is a network again. */
  reconnect(): void {
    const { state } = this.#client.connection;
    if (state === "disconnected" || state === "suspended") this.#client.connect();
  }

  /** Leaves at once: the others need not wait until the service finds the connection dead. */
  leave(): void {
    void this.#client.close();
  }

  #receive(message: InboundMessage): void {
    if (this.#waiting) this.#waiting.push(message);
    else this.#listener.onLine(lineOf(message));
  }

  /** Shows what was said up to where the channel was attached; what has come since then waits meanwhile. */
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
  // What is left of the encoding is what could not be undone: it was made with another key.
  const isReadable = encoding == null && typeof data === "string";
  return { id, author: clientId ?? "", text: isReadable ? data : null, time: new Date(timestamp) };
}

/** One entry for each name, whatever the number of their tabs. */
function byName(members: InboundPresenceMessage[]): Member[] {
  const typing = new Map<string, boolean>();
  for (const { clientId, data } of members) {
    const isTyping = (data as { typing?: unknown } | null)?.typing === true;
    typing.set(clientId, isTyping || typing.get(clientId) === true);
  }
  return [...typing].map(([name, isTyping]) => ({ name, isTyping }))
    .sort((a, b) => a.name.localeCompare(b.name));
}
