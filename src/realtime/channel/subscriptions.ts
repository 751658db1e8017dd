/** Receives the items that it subscribed to. */
export type SubscriptionListener<T> = (item: T) => void;

interface Subscription<T> {
  readonly names: readonly string[] | null;
  readonly filter: object | null;
  readonly matches: ((item: T) => boolean) | null;
  readonly listener: SubscriptionListener<T>;
  /** Whether only its own stop function removes it. */
  readonly isFollower: boolean;
}

/** The items to subscribe to: all, those of one name or several, or those that a filter matches. */
export interface SubscriptionTarget<T> {
  /** Only items with one of these names. */
  names?: readonly string[] | null;
  /** The filter as it was given, to find it when it is to be removed. */
  filter?: object | null;
  /** The filter. */
  matches?: ((item: T) => boolean) | null;
}

/** The listeners of a channel's items: messages by name, presence messages by action, annotations by type (RTL7, RTL8). */
export class Subscriptions<T> {
  readonly #nameOf: (item: T) => string | null | undefined;
  readonly #onError: (error: unknown) => void;
  /** Never changed in place, so that a delivery in progress goes on with the list it began with (RTE6a). */
  #subscriptions: readonly Subscription<T>[] = [];
  /** The subscriptions by name, made for the first item after a change; absent while none asks for a name. */
  #index: SubscriptionIndex<T> | undefined;

  constructor(nameOf: (item: T) => string | null | undefined, onError: (error: unknown) => void) {
    this.#nameOf = nameOf;
    this.#onError = onError;
  }

  /** Adds a listener (RTL7a, RTL7b, RTL22). */
  add(target: SubscriptionTarget<T>, listener: SubscriptionListener<T>): void {
    this.#append(target, listener, false);
  }

  /**
   * Adds a listener that only the returned function removes, such as an iterator; {@linkcode remove} leaves it alone.
   *
   * @returns A function that removes it.
   */
  follow(target: SubscriptionTarget<T>, listener: SubscriptionListener<T>): () => void {
    const subscription = this.#append(target, listener, true);
    return () => {
      this.#replace(this.#subscriptions.filter((other) => other !== subscription));
    };
  }

  /**
   * Removes the subscriptions that match both the target and the listener, if they are given (RTL8). A name is also removed
   * from the subscriptions that have it among others.
   */
  remove(target: SubscriptionTarget<T>, listener?: SubscriptionListener<T> | null): void {
    const { names = null, filter = null } = target;
    this.#replace(this.#subscriptions.flatMap((subscription) => {
      if (subscription.isFollower) return [subscription];
      if (listener != null && subscription.listener !== listener) return [subscription];
      if (filter !== null) return isSame(subscription.filter, filter) ? [] : [subscription];
      if (names === null) return [];
      const left = subscription.names?.filter((name) => !names.includes(name));
      if (left === undefined) return [subscription];
      return left.length === 0 ? [] : [{ ...subscription, names: left }];
    }));
  }

  /** All listeners with the name of what they subscribe to, undefined for everything. */
  get registered(): {
    event: string | undefined;
    listener: SubscriptionListener<T>;
    once: false;
  }[] {
    return this.#subscriptions.flatMap(({ names, listener }) =>
      (names ?? [undefined]).map((event) => ({ event, listener, once: false as const }))
    );
  }

  /** Calls the listeners of an item; a listener that throws, at once or later, does not stop the others (RTE6). */
  deliver(item: T): void {
    for (const { matches, listener } of this.#subscriptionsTo(item)) {
      if (matches !== null && !matches(item)) continue;
      try {
        const result: unknown = listener(item);
        if (result instanceof Promise) result.catch(this.#onError);
      } catch (error) {
        this.#onError(error);
      }
    }
  }

  #append(
    { names = null, filter = null, matches = null }: SubscriptionTarget<T>,
    listener: SubscriptionListener<T>,
    isFollower: boolean,
  ): Subscription<T> {
    // A copy, because the caller may change the array.
    const subscription = { names: names && [...names], filter, matches, listener, isFollower };
    this.#replace([...this.#subscriptions, subscription]);
    return subscription;
  }

  #replace(subscriptions: readonly Subscription<T>[]): void {
    this.#subscriptions = subscriptions;
    this.#index = undefined;
  }

  /** Those that ask for the name of an item, or for any. With 1,000 names, looking through all took 7 µs an item. */
  #subscriptionsTo(item: T): readonly Subscription<T>[] {
    const subscriptions = this.#subscriptions;
    if (subscriptions.every(({ names }) => names === null)) return subscriptions; // A channel's usual case: no index.
    const index = this.#index ??= indexOf(subscriptions);
    return index.get(this.#nameOf(item)) ?? index.get(null)!;
  }
}

/** Lists of subscriptions by name, in their order. That of null is for items with another name, or without one. */
type SubscriptionIndex<T> = Map<string | null | undefined, Subscription<T>[]>;

function indexOf<T>(subscriptions: readonly Subscription<T>[]): SubscriptionIndex<T> {
  const unnamed: Subscription<T>[] = [];
  const index: SubscriptionIndex<T> = new Map([[null, unnamed]]);
  for (const subscription of subscriptions) {
    if (subscription.names === null) {
      for (const list of index.values()) list.push(subscription);
    }
    for (const name of new Set(subscription.names)) {
      if (!index.has(name)) index.set(name, [...unnamed]);
      index.get(name)!.push(subscription);
    }
  }
  return index;
}

/** Whether two filters are equal; the order of members does not matter. */
function isSame(one: object | null, other: object): boolean {
  const text = (filter: object | null) => JSON.stringify(Object.entries(filter ?? {}).sort());
  return one === other || one !== null && text(one) === text(other);
}
