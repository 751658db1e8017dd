import * as ErrorCode from "../error_numbers.ts";
import { createError, type ErrorInfo } from "../errors.ts";
import { kindOf } from "./read_members.ts";

/**
 * A listener: called with the event's payload. Inside a `function` listener, `this.event` names the event.
 *
 * @typeParam E The names of the events.
 * @typeParam T The payload.
 */
export type Listener<E, T> = (this: { event: E }, payload: T) => void;

/** The type of an emitter's listeners: `E` if that is a function, as for `ably`. */
export type ListenerOf<E, T, N> = E extends (...args: never[]) => unknown ? E : Listener<N, T>;

/** A listener as it was registered. */
interface Registration<E, T> {
  /** The name of the event; undefined for every event. */
  readonly event: E | undefined;
  /** The listener. */
  readonly listener: Listener<E, T>;
  /** Whether it is called only once. */
  readonly once: boolean;
  /** Identifies the call that registered the listener: a once-listener for several events is called once in all. */
  readonly call: object;
}

const NONE: readonly never[] = [];

/** Names the method that emits, so that only this module's own classes can call it (RTE6). */
export const emit: unique symbol = Symbol("emit");
/** Names the method that calls one listener, registered or not (RTE6). */
export const call: unique symbol = Symbol("call");
/** Names the method that is called when a listener is added. */
export const onListen: unique symbol = Symbol("onListen");
/** Names the member that lists the registrations. */
export const registrations: unique symbol = Symbol("registrations");
/** Names the method that reports an exception thrown by a listener (RTE6). */
export const onListenerError: unique symbol = Symbol("onListenerError");

/**
 * Registration and delivery of events (RTE1).
 *
 * @typeParam E The names of the events; or the type of the listeners, as for `ably`, which names the events last.
 * @typeParam T The payload every event carries.
 * @typeParam N The names of the events, where they are not `E`.
 */
export class EventEmitter<E, T, N = E> {
  /** The emitter that has the listeners: this one, or the one that it shares them with. */
  readonly #owner: EventEmitter<N, T>;
  #registrations: readonly Registration<N, T>[] = NONE;

  /**
   * Makes an emitter without listeners.
   *
   * @param other An emitter to share all listeners with instead.
   */
  constructor(other?: EventEmitter<E, T, N>) {
    this.#owner = other ? other.#owner : this as unknown as EventEmitter<N, T>;
  }

  // Methods, not functions of each emitter: a client can have thousands of channels.

  /** Called with an exception of a listener; for the classes of this module (RTE6). */
  [onListenerError](_error: unknown, _event: N): void {}

  /** Called when a listener is added; for the classes of this module. */
  [onListen](): void {}

  /** Calls the listener for every event (RTE3). */
  on(listener: ListenerOf<E, T, N>): void;
  /** Calls the listener for one event, or for each of several (RTE3). */
  on(event: N | readonly N[], listener: ListenerOf<E, T, N>): void;
  on(events: unknown, listener?: unknown): void {
    this.#add(events as N, listener as Listener<N, T>, false);
  }

  /** Resolves with the payload of the next event of any name. */
  once(): Promise<T>;
  /** Resolves with the payload of the next event of that name. */
  once(event: N | readonly N[]): Promise<T>;
  /** Calls the listener for the next event only (RTE4). */
  once(listener: ListenerOf<E, T, N>): void;
  /** Calls the listener for the next event of that name only (RTE4). */
  once(event: N | readonly N[], listener: ListenerOf<E, T, N>): void;
  once(events?: unknown, listener?: unknown): Promise<T> | void {
    if (typeof events === "function" || listener) {
      return this.#add(events as N, listener as Listener<N, T>, true);
    }
    return new Promise((resolve) => {
      if (events == null) this.#add(resolve, undefined, true);
      else this.#add(events as N, resolve, true);
    });
  }

  /** Removes every listener (RTE5). */
  off(): void;
  /** Removes the listener from all events (RTE5). */
  off(listener: ListenerOf<E, T, N>): void;
  /** Removes the listener from one event or several; without a listener, all listeners of those events (RTE5). */
  off(event: N | readonly N[] | null, listener?: ListenerOf<E, T, N> | null): void;
  off(events?: unknown, listener?: unknown): void {
    const target = typeof events === "function" ? events : listener;
    const names = events == null || typeof events === "function" ? undefined : namesOf(events as N);
    this.#owner.#registrations = this.#owner.#registrations.filter((entry) =>
      (target != null && entry.listener !== target) ||
      (names !== undefined && (entry.event === undefined || !names.includes(entry.event)))
    );
  }

  /** The listeners registered for an event, or for every event if no event is named; `null` if there are none. */
  listeners(event?: N): ListenerOf<E, T, N>[] | null {
    const found = this.#owner.#registrations.filter((entry) => entry.event === event);
    if (found.length === 0) return null;
    return found.map((entry) => entry.listener as ListenerOf<E, T, N>);
  }

  /** The registered listeners; for the classes of this module. */
  get [registrations](): readonly {
    readonly event: N | undefined;
    readonly listener: Listener<N, T>;
    readonly once: boolean;
  }[] {
    return this.#owner.#registrations;
  }

  /**
   * Calls the listeners that are registered at this moment (RTE6a); one that throws stops no other (RTE6).
   */
  [emit](event: N, ...payload: T[]): void {
    const all = this.#owner.#registrations;
    if (all.length === 0) return;
    const current = all.filter((entry) => entry.event === undefined || entry.event === event);
    const spent = current.filter((entry) => entry.once);
    if (spent.length > 0) {
      this.#owner.#registrations = all.filter((entry) =>
        !spent.some(({ call }) => call === entry.call)
      );
    }
    for (const { listener } of current) this[call](listener, event, ...payload);
  }

  /** Calls a listener; what it throws, at once or later, is reported (RTE6). */
  [call]<P>(
    listener: (this: { event: N }, ...payload: P[]) => void,
    event: N,
    ...payload: P[]
  ): void {
    try {
      const result: unknown = listener.call({ event }, ...payload);
      if (result instanceof Promise) {
        result.catch((error: unknown) => this.#owner[onListenerError](error, event));
      }
    } catch (error) {
      this.#owner[onListenerError](error, event);
    }
  }

  #add(
    events: N | readonly N[] | Listener<N, T> | undefined,
    listener: Listener<N, T> | undefined,
    once: boolean,
  ) {
    const call = {};
    const target = typeof events === "function" ? events as Listener<N, T> : listener;
    if (typeof target !== "function") throw notAListener(target);
    const names = events == null || typeof events === "function" ? [undefined] : namesOf(events);
    this.#owner[onListen]();
    this.#owner.#registrations = [
      ...this.#owner.#registrations,
      ...names.map((event) => ({ event, listener: target, once, call })),
    ];
  }
}

function notAListener(value: unknown): ErrorInfo {
  return createError(
    ErrorCode.InvalidParameter,
    `A listener must be a function, got ${kindOf(value)}`,
    "Pass the function to call, after the event's name if there is one.",
  );
}

function namesOf<E>(events: E | readonly E[]): readonly E[] {
  return Array.isArray(events) ? events : [events as E];
}
