import { LiveCounter, LiveMap } from "../../../src/liveobjects/mod.ts";
import type { Realtime, RealtimeChannel } from "../../../mod.ts";
import type { LocalService } from "../../../src/testing/mod.ts";

/** The methods of paths that both clients have and that this test uses. */
export interface Root {
  get(key: string): Root;
  set(key: string, value: unknown): Promise<void>;
  remove(key: string): Promise<void>;
  increment(amount?: number): Promise<void>;
  batch(run: (context: BatchRoot) => void): Promise<void>;
  compactJson(): unknown;
  value(): unknown;
  instance(): { readonly id?: string } | undefined;
}

/** The methods of a batch context. */
export interface BatchRoot {
  get(key: string): BatchRoot | undefined;
  set(key: string, value: unknown): void;
  remove(key: string): void;
}

/** A client of either kind. */
export interface Member {
  readonly name: string;
  /**
   * Whether it is a client of `ably`, which differs from the service until the next sync in three cases:
   *
   * - By the letter of RTO9a3, it applies an own operation again that comes back twice.
   * - By the letter of RTO20d2, the initial entries of its own maps have no serial, so that an older operation of another site
   *   replaces them.
   * - It handles ACKs before frames that came earlier. If the first page of a sync is among them, it applies the operation too
   *   early, and then drops the echo, by the letter of RTO5c9.
   */
  readonly isOfficial: boolean;
  connectionId(): string | undefined;
  /** Attaches to a channel. */
  join(channel: string): Promise<Root>;
  /** Detaches, so that the channel can be joined again. */
  leave(channel: string): Promise<void>;
  /** Detaches and forgets the channel. */
  release(channel: string): Promise<void>;
  /** The values from which objects are created. */
  map(entries: Record<string, unknown>): unknown;
  counter(count: number): unknown;
}

/** The service, the clients and their time. */
export interface Stage {
  readonly service: LocalService;
  readonly members: readonly Member[];
  /** The time between two looks at something that is waited for, in milliseconds. */
  readonly step: number;
  now(): number;
  pause(milliseconds: number): Promise<void>;
}

/** A client of this module as a member. */
export function ownMember(name: string, client: Realtime): Member {
  const modes = ["object_subscribe" as const, "object_publish" as const];
  const cipher = { key: new Uint8Array(32) };
  const channelOf = (channel: string): RealtimeChannel =>
    client.channels.get(channel, { modes, cipher });
  return {
    name,
    isOfficial: false,
    connectionId: () => client.connection.id ?? undefined,
    join: async (channel) => await channelOf(channel).object.get() as unknown as Root,
    leave: async (channel) => await channelOf(channel).detach(),
    release: async (channel) => {
      await channelOf(channel).detach();
      await client.channels.release(channel);
    },
    map: (entries) => LiveMap.create(entries as never),
    counter: (count) => LiveCounter.create(count),
  };
}
