import type { Grant } from "../auth/grant.ts";
import type { ErrorInfo } from "../../errors.ts";

/** A connection, as far as others of its app know it. */
export interface LiveConnection {
  readonly id: string;
  readonly grant: Grant;
  /** When its transport went away, in milliseconds since the Unix epoch; absent while it has one. */
  readonly droppedAt?: number;
  /** Tells the client to reconnect and lets the transport go. */
  disconnect(error: ErrorInfo): void;
  /** Ends the validity of its token now, as if its time were over. */
  expireToken(): void;
  /** Asks the client to authenticate again (RTN22). */
  inviteAuth(): void;
  /** Ends the connection for good: its presence leaves, it cannot be resumed. */
  dispose(): void;
}

/** The time for which a connection without transport can be resumed, in milliseconds (DF1a). */
export const CONNECTION_STATE_TTL = 120_000;

const KEYS_KEPT = 4;

/** The connections of an app, with those that may still come back. */
export class ConnectionRegistry<C extends LiveConnection = LiveConnection> {
  readonly #byId = new Map<string, C>();
  readonly #byKey = new Map<string, C>();
  readonly #keys = new Map<C, string[]>();

  /** All connections, dropped ones included. */
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

  /** Gives a connection another key; the last few stay valid, for a client that missed the new one. */
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

  /** Makes a connection one that cannot be resumed. */
  forgetKeys(connection: C): void {
    for (const key of this.#keys.get(connection) ?? []) this.#byKey.delete(key);
    this.#keys.delete(connection);
  }

  /** Ends the connections whose time to come back is over. */
  prune(now: number): void {
    for (const connection of this.values()) {
      const { droppedAt } = connection;
      if (droppedAt !== undefined && droppedAt < now - CONNECTION_STATE_TTL) connection.dispose();
    }
  }
}
