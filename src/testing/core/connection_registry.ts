import type { Grant } from "../auth/grant.ts";
import type { ErrorInfo } from "../../errors.ts";

/** The parts of a connection that the rest of its app uses. */
export interface LiveConnection {
  readonly id: string;
  readonly grant: Grant;
  /** The time when it lost its transport, in milliseconds since the Unix epoch; absent while it has one. */
  readonly droppedAt?: number;
  /** Its transport, with the number that the log uses. */
  readonly socket?: { readonly id: number };
  /** Sends DISCONNECTED and drops the transport. */
  disconnect(error: ErrorInfo): void;
  /** Makes its token expire now. */
  expireToken(): void;
  /** Sends AUTH, which requests a new token (RTN22). */
  inviteAuth(): void;
  /** Ends the connection: its members leave, and it cannot be resumed. */
  dispose(): void;
}

/** The time for which a connection without transport can be resumed, in milliseconds (DF1a). */
export const CONNECTION_STATE_TTL = 120_000;

const KEYS_KEPT = 4;

/** The connections of an app, including those that can still be resumed. */
export class ConnectionRegistry<C extends LiveConnection = LiveConnection> {
  readonly #byId = new Map<string, C>();
  readonly #byKey = new Map<string, C>();
  readonly #keys = new Map<C, string[]>();

  /** All connections, including dropped ones. */
  values(): C[] {
    return [...this.#byId.values()];
  }

  get size(): number {
    return this.#byId.size;
  }

  get(id: string): C | undefined {
    return this.#byId.get(id);
  }

  add(connection: C): void {
    this.#byId.set(connection.id, connection);
  }

  /** Gives a connection another key. The latest few keys stay valid, for a client that did not receive the new one. */
  addKey(connection: C, key: string): void {
    const keys = this.#keys.get(connection) ?? [];
    keys.push(key);
    if (keys.length > KEYS_KEPT) this.#byKey.delete(keys.shift()!);
    this.#keys.set(connection, keys);
    this.#byKey.set(key, connection);
  }

  byKey(key: string): C | undefined {
    return this.#byKey.get(key);
  }

  delete(connection: C): void {
    this.#byId.delete(connection.id);
    this.forgetKeys(connection);
  }

  /** Removes the keys of a connection, so that it cannot be resumed. */
  forgetKeys(connection: C): void {
    for (const key of this.#keys.get(connection) ?? []) this.#byKey.delete(key);
    this.#keys.delete(connection);
  }

  /** Ends the dropped connections that can no longer be resumed. */
  prune(now: number): void {
    for (const connection of this.values()) {
      const { droppedAt } = connection;
      if (droppedAt !== undefined && droppedAt < now - CONNECTION_STATE_TTL) connection.dispose();
    }
  }
}
