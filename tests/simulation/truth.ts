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
  /** Its text, with all that was appended to it, on the channel whose messages are edited. */
  readonly text: string | undefined;
  /** The summary of the annotations, for a message that brings one. */
  readonly summary: unknown;
}

/** The name of the list of all annotations on a channel, beside that of the messages. */
export function annotationsOf(channel: string): string {
  return `${channel}/annotations`;
}

/** The identity of a version of a message. */
export function versionKey(serial: unknown, version: unknown): string {
  return `${serial}/${version ?? serial}`;
}

/** The identity of a summary of the annotations of a message. */
export function summaryKey(serial: unknown, id: unknown): string {
  return `${serial}/summary/${id}`;
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

  /** The message in a list with a key. */
  find(list: string, key: string): Accepted | undefined {
    const place = this.placeOf(list, key);
    return place === undefined ? undefined : this.on(list)[place];
  }

  /** The index of the first message on a channel after a channel serial. */
  placeAfter(channel: string, channelSerial: string): number {
    const messages = this.on(channel);
    let place = messages.length;
    while (place > 0 && messages[place - 1]!.channelSerial > channelSerial) place--;
    return place;
  }

  #record(channel: string, event: ChannelEvent): boolean {
    const { messages = [], annotations = [], whole } = event;
    for (const { action, serial, version, name = "", id, data, annotations } of messages) {
      const isSummary = action === MESSAGE_SUMMARY;
      const key = isSummary
        ? summaryKey(serial, id)
        : versionKey(serial, (version as { serial?: string } | undefined)?.serial);
      const text = whole?.data ?? data;
      const accepted = this.#add(channel, event, {
        key,
        name,
        serial,
        text: typeof text === "string" ? text : undefined,
        summary: isSummary ? annotations?.summary : undefined,
      });
      if (action === 0) this.#names.set(name, [...this.named(name), accepted]);
    }
    for (const { serial, type } of annotations) {
      const item = { key: serial, name: type, serial, text: undefined, summary: undefined };
      this.#add(annotationsOf(channel), event, item);
    }
    return false;
  }

  #add(
    list: string,
    { channelSerial, timestamp, connectionId }: ChannelEvent,
    item: Pick<Accepted, "key" | "name" | "serial" | "text" | "summary">,
  ): Accepted {
    const all = this.#messages.get(list) ?? [];
    this.#messages.set(list, all);
    this.#places.set(`${list}/${item.key}`, all.length);
    const accepted = { ...item, channelSerial, timestamp, connectionId };
    all.push(accepted);
    return accepted;
  }
}
