import type { ClientOptions } from "../../mod.ts";
import { jsonCodec } from "../../src/protocol/json_codec.ts";
import { msgpackCodec } from "../../src/protocol/msgpack_codec.ts";
import type { ProtocolMessage } from "../../src/protocol/protocol_message.ts";
import { createService, type LocalService } from "../../src/testing/mod.ts";
import { Chance } from "./chance.ts";
import { Network } from "./network.ts";
import { CHANNELS, type ClientPlan, type Plan, type Step } from "./plan.ts";
import { replaceSubtle, softSubtle } from "./soft_crypto.ts";
import { Truth } from "./truth.ts";
import { User } from "./user.ts";
import { ProcessClock, VirtualClock } from "./virtual_clock.ts";

/** The secret of the world's key. It must not be in any log. */
export const SECRET = "thesecretofthekey";
const KEY = `app.root:${SECRET}`;

/** The time that a healthy world gets to come to rest, in milliseconds. */
const REST = 200_000;

/** A client of a world, with the things around it. */
export interface Inhabitant {
  readonly user: User;
  readonly network: Network;
  readonly process: ProcessClock;
  /** The names of the messages in each frame that it sent, with the time. */
  readonly sent: { readonly at: number; readonly name: string }[];
  readonly logged: string[];
  /** The number of calls of the authCallback that run now, and the largest number so far. */
  readonly tokenCalls: { running: number; most: number; all: number };
}

/** A world in virtual time: clients with their users, networks between them and a service, and all that happens as planned. */
export class World {
  readonly plan: Plan;
  readonly clock = new VirtualClock();
  readonly truth = new Truth();
  readonly inhabitants: Inhabitant[];
  /** Errors that no caller received. */
  readonly unhandled: string[] = [];
  /** The number of faults that were injected. */
  faults = 0;
  #service: LocalService | undefined;
  readonly #chance: Chance;

  constructor(plan: Plan) {
    this.plan = plan;
    this.#chance = new Chance("world", plan.seed);
    this.#start();
    this.inhabitants = plan.clients.map((client) => this.#settle(client));
  }

  /** The service that runs now. */
  get service(): LocalService | undefined {
    return this.#service;
  }

  inhabitant(name: string): Inhabitant | undefined {
    return this.inhabitants.find(({ user }) => user.name === name);
  }

  /** Lets all happen as planned, and then lets the world come to rest. */
  async run(): Promise<void> {
    for (const step of this.plan.steps) {
      await this.clock.advanceTo(step.at);
      this.#take(step);
    }
    await this.clock.advanceTo(this.clock.elapsed + 1_000);
    for (const { network, user } of this.inhabitants) {
      network.heal();
      user.rest();
    }
    this.#service?.faults.clear();
    await this.clock.advanceTo(this.clock.elapsed + REST);
    for (const { user } of this.inhabitants) {
      if (user.client.connection.state !== "connected") continue;
      for (const channel of CHANNELS) user.publish(channel, 1);
    }
    await this.clock.advanceTo(this.clock.elapsed + 20_000);
  }

  /** Closes all clients. */
  async close(): Promise<void> {
    for (const { user } of this.inhabitants) user.call("close", () => user.client.close());
    await this.clock.advanceTo(this.clock.elapsed + 15_000);
  }

  /** Stops the service. */
  async end(): Promise<void> {
    for (const { network } of this.inhabitants) network.end();
    await this.#service?.close();
  }

  #take(step: Step): void {
    const inhabitant = this.inhabitant(step.client);
    if (inhabitant === undefined) return;
    const { deed, size = 0 } = step;
    const { network, process, user } = inhabitant;
    const faults = this.#service?.faults;
    const connectionId = user.client.connection.id ?? undefined;
    switch (deed) {
      case "cut":
        network.cut();
        break;
      case "silence":
        network.silence();
        break;
      case "jam":
        network.jam(size);
        break;
      case "refuse":
        network.refuse(size);
        if (size > 400) network.cut();
        break;
      case "slow":
        network.latency = size;
        break;
      case "stall":
        process.stall(size);
        break;
      case "disconnect":
        faults?.disconnect({ message: "Go away", code: 80003, statusCode: 400 }, { connectionId });
        break;
      case "forgetConnections":
        faults?.forgetConnections();
        break;
      case "forgetEvents":
        faults?.forgetEvents();
        break;
      case "detachAll":
        faults?.detach(step.channel, { message: "Moved", code: 90198, statusCode: 400 });
        break;
      case "expireTokens":
        faults?.expireTokens();
        break;
      case "restart":
        this.#restart(size);
        break;
      default:
        return user.take(step);
    }
    this.faults++;
  }

  #start(snapshot?: Uint8Array<ArrayBuffer>): void {
    this.#service = createService({
      clock: this.clock,
      random: this.#chance,
      key: KEY,
      logLimit: 0,
      snapshot,
    });
    this.truth.watch(this.#service, CHANNELS);
  }

  /** Ends the service; another one continues from its stored state after a while. Connections are forgotten. */
  #restart(ms: number): void {
    const old = this.#service;
    if (old === undefined) return;
    const snapshot = old.snapshot();
    this.#service = undefined;
    void old.close();
    this.clock.setTimeout(() => this.#start(snapshot), ms);
  }

  #settle(plan: ClientPlan): Inhabitant {
    const chance = new Chance(plan.name, this.plan.seed);
    const process = new ProcessClock(this.clock);
    const sent: { at: number; name: string }[] = [];
    const logged: string[] = [];
    const tokenCalls = { running: 0, most: 0, all: 0 };
    const codec = plan.binary ? msgpackCodec : jsonCodec;
    const network = new Network({
      clock: this.clock,
      process,
      chance,
      service: () => this.#service,
      sent: (data) => {
        const text = typeof data === "string" ? data : new Uint8Array(data);
        const { messages } = codec.decode(text) as ProtocolMessage;
        for (const { name = "" } of messages ?? []) sent.push({ at: this.clock.elapsed, name });
      },
    });
    const options: ClientOptions = {
      endpoint: "service.local",
      clock: process,
      random: chance,
      fetch: network.fetch,
      WebSocket: network.WebSocket,
      useBinaryProtocol: plan.binary,
      echoMessages: plan.echo,
      queueMessages: plan.queue,
      clientId: plan.name,
      logLevel: "warn",
      logHandler: (message) => void logged.push(message),
      ...(plan.credentials === "key" ? { key: KEY } : { key: KEY, useTokenAuth: true }),
    };
    const user = new User(plan, options, () => this.clock.elapsed);
    return { user, network, process, sent, logged, tokenCalls };
  }
}

/** Puts functions with results in virtual time in place of the ciphers of the runtime, while a function runs. */
export async function withSoftCrypto<T>(world: World, run: () => Promise<T>): Promise<T> {
  const chance = new Chance("crypto", world.plan.seed);
  const done = () =>
    new Promise<void>((resolve) =>
      chance.oneIn(4) ? void world.clock.setTimeout(resolve, chance.below(20)) : resolve()
    );
  const restore = replaceSubtle(softSubtle(done));
  try {
    return await run();
  } finally {
    restore();
  }
}
