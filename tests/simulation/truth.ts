import type { ChannelEvent } from "../../src/testing/core/channel_event.ts";
import { internalsOf } from "../../src/testing/service/service_internals.ts";
import type { LocalService } from "../../src/testing/mod.ts";

/** A message that the service has accepted. */
export interface Accepted {
  readonly id: string;
  readonly name: string;
  readonly serial: string;
  readonly channelSerial: string;
  readonly connectionId: string | undefined;
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
  placeOf(channel: string, id: string): number | undefined {
    return this.#places.get(`${channel}/${id}`);
  }

  /** The index of the first message on a channel after a channel serial. */
  placeAfter(channel: string, channelSerial: string): number {
    const messages = this.on(channel);
    let place = messages.length;
    while (place > 0 && messages[place - 1]!.channelSerial > channelSerial) place--;
    return place;
  }

  #record(channel: string, { messages = [], channelSerial, connectionId }: ChannelEvent): boolean {
    const list = this.#messages.get(channel) ?? [];
    this.#messages.set(channel, list);
    for (const { id, serial, name = "" } of messages) {
      this.#places.set(`${channel}/${id}`, list.length);
      const accepted = { id, name, serial, channelSerial, connectionId };
      list.push(accepted);
      this.#names.set(name, [...this.named(name), accepted]);
    }
    return false;
  }
}
