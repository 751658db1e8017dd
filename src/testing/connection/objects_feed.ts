import * as Action from "../../protocol/action_numbers.ts";
import type { ProtocolMessage } from "../../protocol/protocol_message.ts";
import type { Channel } from "../core/channel.ts";
import { alphanumeric } from "../core/identifiers.ts";
import { type ObjectState, withoutBytes } from "../objects/wire_operation.ts";

/** The name of messages that describe the objects of their channel. */
const EVENT_NAME = "[meta]objects";

/** The minimum time between two messages, in milliseconds. Ably's value is not documented. */
const THROTTLE = 100;

/** The sender and the clock of a feed. */
export interface FeedOwner {
  send(message: ProtocolMessage): void;
  later(delay: number, callback: () => void): void;
}

/** Describes the objects of a channel to one attachment by messages, for clients without LiveObjects. */
export class ObjectsFeed {
  readonly #channel: Channel;
  readonly #owner: FeedOwner;
  readonly #name: string;
  #mode: string | undefined;
  #isWaiting = false;
  #isDue = false;
  #count = 0;

  constructor(channel: Channel, name: string, owner: FeedOwner) {
    this.#channel = channel;
    this.#name = name;
    this.#owner = owner;
  }

  /**
   * Starts, or changes the mode.
   *
   * @param mode The channel parameter: with `objects`, messages contain all objects, now and after changes; with
   * `notification`, only the fact that something has changed. For other values, no messages are sent.
   */
  begin(mode: string | undefined): void {
    this.#mode = mode;
    if (mode === "objects") this.#tell();
  }

  /** Stops. */
  end(): void {
    this.#mode = undefined;
  }

  /** Must be called after each change. A message always follows the last change. */
  changed(): void {
    this.#isDue = true;
    if (this.#isWaiting || this.#mode === undefined) return;
    this.#isWaiting = true;
    this.#tell();
    this.#owner.later(THROTTLE, () => {
      this.#isWaiting = false;
      if (this.#isDue) this.changed();
    });
  }

  #tell(): void {
    this.#isDue = false;
    if (this.#mode === "objects") this.#tellAll();
    else if (this.#mode === "notification") {
      this.#send({ link: `/channels/${encodeURIComponent(this.#channel.name)}/object` });
    }
  }

  #tellAll(): void {
    const syncId = alphanumeric(this.#channel.random, 8);
    const states = this.#channel.objects.states();
    states.forEach((state, index) => {
      const nextCursor = states[index + 1]?.objectId;
      this.#send({ syncId, ...(nextCursor && { nextCursor }), object: merged(state) });
    });
  }

  #send(content: object): void {
    const timestamp = this.#channel.clock.now();
    const id = `objects-${timestamp}-${this.#count++}`;
    const data = JSON.stringify(withoutBytes(content));
    this.#owner.send({
      action: Action.Message,
      channel: this.#name,
      id,
      timestamp,
      channelSerial: this.#channel.events.position,
      messages: [{ id: `${id}:0`, name: EVENT_NAME, data, encoding: "json", timestamp, action: 3 }],
    });
  }
}

/** An object, including the values from its creation. */
function merged(
  { objectId, siteTimeserials, tombstone, createOp, map, counter }: ObjectState,
): object {
  const common = { objectId, siteTimeserials, tombstone };
  if (counter !== undefined) {
    return { ...common, counter: { count: counter.count + (createOp?.counterCreate?.count ?? 0) } };
  }
  const { clearTimeserial = "" } = map!;
  const entries = { ...createOp?.mapCreate?.entries, ...map!.entries };
  const left = Object.entries(entries).filter(([, { timeserial = "" }]) =>
    clearTimeserial === "" || timeserial > clearTimeserial
  );
  const shown = left.map(([key, entry]) => [key, { tombstone: false, ...entry }] as const);
  return { ...common, map: { semantics: 0, entries: Object.fromEntries(shown) } };
}
