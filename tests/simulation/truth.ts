import type { ChannelEvent } from "../../src/testing/core/channel_event.ts";
import { MESSAGE_SUMMARY } from "../../src/testing/core/mutate.ts";
import { internalsOf } from "../../src/testing/service/service_internals.ts";
import type { LocalService } from "../../src/testing/mod.ts";

/** A message, or a later version of one, that the service has accepted. */
export interface Accepted {
  readonly key: string;
  readonly name: string;
  readonly serial: string;
  readonly channelSerial: string;
  /** In milliseconds since the Unix epoch. */
  readonly timestamp: number;
  /** The connection that published it; absent for REST. */
  readonly connectionId: string | undefined;
}

/** The identity of a version of a message. */
export function versionKey(serial: unknown, version: unknown): string {
  return `${serial}/${version ?? serial}`;
}

/** All that the services of a world have accepted, in their order. */
export class Truth {
  readonly #messages = new Map<string, Accepted[]>();
  readonly #places = new Map<string, number>();
  readonly #names = new Map<string, Accepted[]>();

  /** Records the events of some channels of a service from now on. */
  watch(service: LocalService, channels: readonly string[]): void {
    const [app] = internalsOf(service).core.apps.values();
    for (const name of channels) {
      app!.channel(name).attachments.add({
        connectionId: "witness",
        modes: 0,
        deliver: (event) => this.#record(name, event),
        occupancyChanged: () => {},
        resync: () => {},
      });
    }
  }

  /** The messages of a channel. */
  on(channel: string): readonly Accepted[] {
    return this.#messages.get(channel) ?? [];
  }

  /** The accepted messages with a name, which is unique for each message of a user. A resend may have made several. */
  named(name: string): readonly Accepted[] {
    return this.#names.get(name) ?? [];
  }

  /** The index of a message on its channel; undefined if it was never accepted. */
  placeOf(channel: string, key: string): number | undefined {
    return this.#places.get(`${channel}/${key}`);
  }

  /** The index of the first message on a channel after a channel serial. */
  placeAfter(channel: string, channelSerial: string): number {
    const messages = this.on(channel);
    let place = messages.length;
    while (place > 0 && messages[place - 1]!.channelSerial > channelSerial) place--;
    return place;
  }

  #record(
    channel: string,
    { messages = [], channelSerial, timestamp, connectionId }: ChannelEvent,
  ): boolean {
    const list = this.#messages.get(channel) ?? [];
    this.#messages.set(channel, list);
    for (const { action, serial, version, name = "" } of messages) {
      if (action === MESSAGE_SUMMARY) continue;
      const key = versionKey(serial, (version as { serial?: string } | undefined)?.serial);
      this.#places.set(`${channel}/${key}`, list.length);
      const accepted = { key, name, serial, channelSerial, timestamp, connectionId };
      list.push(accepted);
      if (action === 0) this.#names.set(name, [...this.named(name), accepted]);
    }
    return false;
  }
}
