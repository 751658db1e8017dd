import {
  emit,
  EventEmitter as Emitter,
  onListenerError,
  registrations,
} from "../util/event_emitter.ts";
import { describeError, Logger } from "../util/logger.ts";

/** The fields in which the emitters of `ably` store their listeners. Here they are copies, for code that reads them. */
export interface ListenerFields<Listener> {
  /** The listeners of every event. */
  readonly any: Listener[];
  /** The listeners by event. */
  readonly events: Record<string, Listener[]>;
  /** The listeners that are called once, of every event. */
  readonly anyOnce: Listener[];
  /** The listeners that are called once, by event. */
  readonly eventsOnce: Record<string, Listener[]>;
}

/** The fields that an emitter of `ably` would have for these listeners. */
export function listenerFields<Listener>(
  entries: readonly { event: unknown; listener: Listener; once: boolean }[],
): ListenerFields<Listener> {
  const fields: ListenerFields<Listener> = {
    any: [],
    events: Object.create(null),
    anyOnce: [],
    eventsOnce: Object.create(null),
  };
  for (const { event, listener, once } of entries) {
    if (event === undefined) fields[once ? "anyOnce" : "any"].push(listener);
    else (fields[once ? "eventsOnce" : "events"][event as string] ??= []).push(listener);
  }
  return fields;
}

/**
 * An emitter for events of your own: `Realtime.EventEmitter`. Ably's packages for its client extend it.
 *
 * @typeParam Callback The type of the listeners. Not used: it follows from the other two.
 * @typeParam Result The argument of the listeners.
 * @typeParam Event The names of the events.
 */
export class EventEmitter<Callback, Result, Event> extends Emitter<Callback, Result, Event>
  implements ListenerFields<unknown> {
  /** @param logger The logger of a client. Anything else is ignored. */
  constructor(logger?: unknown) {
    super();
    const log = logger instanceof Logger ? logger : new Logger();
    this[onListenerError] = (error, event) =>
      log.error(() => `A listener for "${event}" failed: ${describeError(error)}`);
  }

  /** Calls the listeners of an event. If one throws, that is logged, and the others are called. */
  emit(event: Event, ...args: Result[]): void {
    this[emit](event, ...args);
  }

  /** The listeners of every event. */
  get any(): unknown[] {
    return this.#fields.any;
  }

  /** The listeners by event. */
  get events(): Record<string, unknown[]> {
    return this.#fields.events;
  }

  /** The listeners that are called once, of every event. */
  get anyOnce(): unknown[] {
    return this.#fields.anyOnce;
  }

  /** The listeners that are called once, by event. */
  get eventsOnce(): Record<string, unknown[]> {
    return this.#fields.eventsOnce;
  }

  get #fields(): ListenerFields<unknown> {
    return listenerFields(this[registrations]);
  }
}
