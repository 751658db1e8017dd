import {
  type ChannelOptions,
  type ChannelStateChange,
  type ClientOptions,
  type ConnectionStateChange,
  type Message,
  Realtime,
  type RealtimeChannel,
} from "../../mod.ts";
import type { ClientPlan, Step } from "./plan.ts";

/** A call of the public API. */
export interface Call {
  readonly label: string;
  readonly at: number;
  /** The names of the messages that it publishes. */
  readonly names: readonly string[];
  settledAt?: number;
  value?: unknown;
  error?: unknown;
}

/** One thing that a listener of a channel was called with. */
export type Heard =
  | { readonly change: ChannelStateChange; readonly attachSerial: string | undefined }
  | { readonly id: string; readonly name: string; readonly data: unknown };

/** A listener for the messages of a channel, with what it and the state of its channel went through. */
export interface Ear {
  readonly channel: string;
  readonly object: RealtimeChannel;
  readonly heard: Heard[];
  isOver: boolean;
}

const KEY = new Uint8Array(32).fill(3);

const OPTIONS: Readonly<Record<string, ChannelOptions>> = {
  sealed: { cipher: { key: KEY } },
  delta: { params: { delta: "vcdiff" } },
};

/** One client with a user who calls its public API, and all that the user was called or answered with. */
export class User {
  readonly name: string;
  readonly plan: ClientPlan;
  readonly client: Realtime;
  readonly calls: Call[] = [];
  readonly ears: Ear[] = [];
  readonly changes: ConnectionStateChange[] = [];
  /** The changes of each channel object, of which there are several by name after a release. */
  readonly channels = new Map<RealtimeChannel, ChannelStateChange[]>();
  readonly #now: () => number;
  readonly #waiting: Record<"message" | "state", (() => void)[]> = { message: [], state: [] };
  #published = 0;

  constructor(plan: ClientPlan, options: ClientOptions, now: () => number) {
    this.plan = plan;
    this.name = plan.name;
    this.#now = now;
    this.client = new Realtime(options);
    this.client.connection.on((change) => {
      this.changes.push(change);
      this.#callBack("state");
    });
  }

  /** Takes a step: now, or inside the next call of a listener. */
  take(step: Step): void {
    const act = () => {
      this.#act(step);
      if (step.twice) this.#act(step);
    };
    if (step.inside) this.#waiting[step.inside].push(act);
    else act();
  }

  /** Forgets the steps that still wait for a listener to be called. */
  rest(): void {
    this.#waiting.message.length = this.#waiting.state.length = 0;
  }

  /** Records a call. Its promise must settle in time. */
  call<T>(label: string, make: () => Promise<T> | T, names: readonly string[] = []): void {
    const call: Call = { label, at: this.#now(), names };
    this.calls.push(call);
    const settle = (outcome: Partial<Call>) =>
      void Object.assign(call, outcome, { settledAt: this.#now() });
    try {
      Promise.resolve(make()).then((value) => settle({ value }), (error) => settle({ error }));
    } catch (error) {
      settle({ error });
    }
  }

  #act({ deed, channel: name, size = 1 }: Step): void {
    const label = `${deed} ${name}`;
    const { client } = this;
    switch (deed) {
      case "publish":
        return this.publish(name, size);
      case "subscribe":
        return this.#subscribe(name);
      case "unsubscribe":
        return this.#unsubscribe(name);
      case "attach":
        return this.call(label, () => this.#channel(name).attach());
      case "detach":
        return this.call(label, () => this.#channel(name).detach());
      case "release":
        return this.call(label, () => client.channels.release(name));
      case "connect":
        return this.call(deed, () => client.connect());
      case "close":
        return this.call(deed, () => client.close());
      case "ping":
        return this.call(deed, () => client.connection.ping());
    }
  }

  /** Publishes messages in one call. */
  publish(channel: string, count: number): void {
    const names = Array.from({ length: count }, () => `${this.name}-${++this.#published}`);
    const messages = names.map((name) => ({ name, data: { text: `from ${name}` } }));
    this.call(`publish ${names.join()} on ${channel}`, () => {
      return this.#channel(channel).publish(messages);
    }, names);
  }

  #subscribe(name: string): void {
    const object = this.#channel(name);
    const ear: Ear = { channel: name, object, heard: [], isOver: false };
    this.ears.push(ear);
    object.on((change) => {
      ear.heard.push({ change, attachSerial: object.properties.attachSerial ?? undefined });
    });
    const listener = (message: Message) => {
      const { id = "", name = "", data } = message;
      if (ear.isOver) ear.heard.push({ id: "", name: `${name} after unsubscribe`, data });
      else ear.heard.push({ id: id ?? "", name: name ?? "", data });
      this.#callBack("message");
    };
    this.#listeners.set(ear, listener);
    this.call(`subscribe ${name}`, () => object.subscribe(listener));
  }

  readonly #listeners = new Map<Ear, (message: Message) => void>();

  #unsubscribe(name: string): void {
    const ear = this.ears.find(({ channel, isOver }) => channel === name && !isOver);
    if (ear === undefined) return;
    ear.object.unsubscribe(this.#listeners.get(ear)!);
    ear.isOver = true;
  }

  #channel(name: string): RealtimeChannel {
    const channel = this.client.channels.get(name, OPTIONS[name]);
    if (!this.channels.has(channel)) {
      const changes: ChannelStateChange[] = [];
      this.channels.set(channel, changes);
      channel.on((change) => {
        changes.push(change);
        this.#callBack("state");
      });
    }
    return channel;
  }

  #callBack(kind: "message" | "state"): void {
    for (const act of this.#waiting[kind].splice(0)) act();
  }
}
