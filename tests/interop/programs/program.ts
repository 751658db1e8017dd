import type { ClientOptions, Realtime } from "ably";

/** The surroundings of a program. */
export interface Surroundings {
  /** The options for a client of the local service, with a key. */
  options: ClientOptions;
  /** Closes a client at the end of the program. */
  use(client: Realtime): Realtime;
  /** Closes all sockets of the service, without a word. */
  drop(): void;
  /** Writes a line. */
  print(...values: unknown[]): void;
}

/** A program as people write it for `ably`. */
export type Program = (surroundings: Surroundings) => Promise<void>;
