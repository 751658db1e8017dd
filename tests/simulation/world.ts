import type { Channel } from "../../src/testing/core/channel.ts";
import { createService, type LocalService } from "../../src/testing/mod.ts";
import { internalsOf } from "../../src/testing/service/service_internals.ts";
import { Chance } from "./chance.ts";
import { COUNTER, DEEDS, followedBy, inherit } from "./deeds.ts";
import { FAULTS } from "./faults.ts";
import { type Heir, type Inhabitant, KEY, settle } from "./inhabitant.ts";
import { task } from "./network.ts";
import {
  CHANNELS,
  type ClientPlan,
  type Deed,
  type FaultName,
  type Plan,
  type Step,
} from "./plan.ts";
import { Truth } from "./truth.ts";
import { canonical, listed, type User } from "./user.ts";
import type { VirtualClock } from "./virtual_clock.ts";

/** The time that a healthy world gets to come to rest, in milliseconds. */
const REST = 200_000;

/** The things that users do right before they close their clients. Nothing of it may go on afterwards. */
const LAST_DEEDS = [
  "publish",
  "authorize",
  "enter",
  "attach",
  "detach",
  "members",
  "ping",
] as const;

/** The id of the counter that every user increments. */
const COUNTER_ID = "counter:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA@1767225600000";

/** A world in virtual time: clients with their users, networks between them and a service, and all that happens as planned. */
export class World {
  readonly plan: Plan;
  readonly clock: VirtualClock;
  readonly truth = new Truth();
  readonly inhabitants: Inhabitant[];
  /** Those whose process has ended. */
  readonly departed: Inhabitant[] = [];
  /** The number of faults that were injected. */
  faults = 0;
  /** The times at which faults were injected. */
  readonly faultTimes: number[] = [];
  /** Whether the service has forgotten everything at some time. */
  hasForgotten = false;
  #service: LocalService | undefined;
  readonly #chance: Chance;

  constructor(plan: Plan, clock: VirtualClock) {
    this.plan = plan;
    this.clock = clock;
    this.#chance = new Chance("world", plan.seed);
    clock.idle = () => this.inhabitants.some(({ network }) => network.isReading) && task();
    this.#start();
    this.inhabitants = plan.clients.map((client) => this.#settle(client));
  }

  #settle(client: ClientPlan, heir?: Heir): Inhabitant {
    const { plan: { seed }, clock } = this;
    return settle(client, { seed, clock, service: () => this.#service, ...(heir && { heir }) });
  }

  /** The service that runs now. */
  get service(): LocalService | undefined {
    return this.#service;
  }

  /** Lets all happen as planned, and then lets the world come to rest. */
  async run(): Promise<void> {
    for (const step of this.plan.steps) {
      await this.clock.advanceTo(step.at);
      this.#take(step);
    }
    await this.#wait(1_000);
    for (const { network, user } of this.inhabitants) {
      network.heal();
      user.settleDown();
    }
    this.#service?.faults.clear();
    await this.#wait(REST);
    for (const { user } of this.inhabitants) {
      if (user.client.connection.state !== "connected") continue;
      for (const channel of new Set(user.ears.map(({ channel }) => channel))) {
        user.publish(channel, 1);
      }
    }
    await this.#wait(20_000);
    for (const { user } of this.inhabitants) user.readAll();
    await this.#wait(5_000); // A REST client may have to get a token first, and a cipher takes its time.
  }

  /** The members of a channel as the service has them. */
  members(channel: string): string {
    return listed(channel, this.#channel(channel).presence.members());
  }

  /** The objects of a channel as the service has them. */
  objects(channel: string): string {
    const { objects } = this.#channel(channel);
    const root: Record<string, unknown> = {};
    for (const [key, { data, tombstone }] of Object.entries(objects.get("root")!.map!.entries)) {
      if (tombstone || data === undefined) continue;
      root[key] = data.number ?? objects.get(data.objectId!)?.counter?.count;
    }
    return canonical(root);
  }

  #channel(name: string): Channel {
    const [app] = internalsOf(this.#service!).core.apps.values();
    return app!.channel(name);
  }

  /** Closes all clients; in half of the worlds while they have no connection. */
  async close(): Promise<void> {
    if (this.plan.seed % 2 === 0) {
      for (const { network } of this.inhabitants) {
        network.refuse(60_000);
        network.cut();
      }
      await this.#wait(5_000);
    }
    for (const { user } of this.inhabitants) {
      for (const what of LAST_DEEDS) {
        user.take(
          { at: 0, what, client: user.name, channel: this.#chance.pick(CHANNELS) },
          DEEDS[what],
        );
      }
      user.call("close", () => user.client.close());
    }
    await this.#wait(15_000);
  }

  /** Stops the service. */
  async end(): Promise<void> {
    for (const { network } of [...this.inhabitants, ...this.departed]) network.end();
    await this.#service?.close();
  }

  /** Ends the service; after a while another one continues from its stored state, or from nothing. Connections are forgotten. */
  restart(ms: number, { keepsState }: { keepsState: boolean }): void {
    const old = this.#service;
    if (old === undefined) return;
    const snapshot = keepsState ? old.snapshot() : undefined;
    if (!keepsState) this.hasForgotten = true;
    this.#service = undefined;
    void old.close();
    this.clock.setTimeout(() => this.#start(snapshot), ms);
  }

  /** Ends the process of a client, as when a page is loaded anew; after a while a client with its recovery key takes its place. */
  reload(user: User, ms: number): void {
    const index = this.inhabitants.findIndex((one) => one.user === user);
    const [departed] = this.inhabitants.splice(index, 1);
    const { network, process } = departed!;
    const recover = user.client.connection.createRecoveryKey();
    const followed = followedBy(user, { recover, truth: this.truth });
    if (this.#chance.oneIn(2)) network.cut();
    else network.silence();
    process.end();
    this.departed.push(departed!);
    this.clock.setTimeout(() => {
      const heir = this.#settle(user.plan, { generation: user.generation + 1, recover });
      this.inhabitants.push(heir);
      inherit(heir.user, followed, user);
    }, ms);
  }

  #take(step: Step): void {
    const inhabitant = this.inhabitants.find(({ user }) => user.name === step.client);
    if (inhabitant === undefined) return;
    const { user, process } = inhabitant;
    if (step.what in DEEDS) {
      if (!process.isStalled) user.take(step, DEEDS[step.what as Deed]); // Its program stalls, too.
      return;
    }
    this.faults++;
    this.faultTimes.push(this.clock.elapsed);
    FAULTS[step.what as FaultName]({
      ...inhabitant,
      world: this,
      service: this.#service?.faults,
      connectionId: user.client.connection.id ?? undefined,
    }, step);
  }

  #start(snapshot?: Uint8Array<ArrayBuffer>): void {
    const service = createService({
      clock: this.clock,
      random: this.#chance,
      key: KEY,
      logLimit: 0,
      snapshot,
    });
    this.#service = service;
    this.truth.watch(service, CHANNELS);
    if (snapshot === undefined) void found(service);
  }

  #wait(ms: number): Promise<void> {
    return this.clock.advanceTo(this.clock.elapsed + ms);
  }
}

/** Makes the counter that every user increments. */
async function found(service: LocalService): Promise<void> {
  const objects = service.objects("objects");
  const origin = { siteCode: "founder" };
  await objects.apply({ action: 3, objectId: COUNTER_ID, counterCreate: { count: 0 } }, origin);
  const mapSet = { key: COUNTER, value: { objectId: COUNTER_ID } };
  await objects.apply({ action: 1, objectId: "root", mapSet }, origin);
}
