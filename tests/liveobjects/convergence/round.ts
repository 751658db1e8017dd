import { Action } from "../../../src/protocol/actions.ts";
import type { Member, Root, Stage } from "./root.ts";
import { OtherSites } from "./other_sites.ts";
import { TroubledLine } from "./troubled_line.ts";

const LOCAL_SITE = "local";
const STEPS = 24;
const KEYS = ["k0", "k1", "k2"];
const MAPS = ["m0", "m1"];
const COUNTERS = ["n0", "n1"];

/** Refusals that are no fault: the object was deleted or replaced in the meantime, or the client is away. */
const EXPECTED = new Set([92002, 92004, 92005, 92007, 92008, 90001]);

/** The longest that anything may take, in milliseconds. */
const PATIENCE = 300_000;

interface Player {
  readonly member: Member;
  readonly line: TroubledLine;
  root: Root;
  isMoving: boolean;
  /** The kinds of trouble that it had, for the report. */
  readonly troubles: number[];
}

/** One round on a channel of its own. */
export class Round {
  accepted = 0;
  refused = 0;
  troubles = 0;
  /** The cases in which a client of `ably` needed the sync at the end. */
  readonly deviations: string[] = [];
  readonly #stage: Stage;
  readonly #channel: string;
  readonly #random: (limit: number) => number;
  readonly #faults: string[] = [];
  #players: Player[] = [];
  #pending = 0;
  readonly #sites: OtherSites;

  constructor(stage: Stage, channel: string, random: (limit: number) => number) {
    this.#stage = stage;
    this.#channel = channel;
    this.#random = random;
    this.#sites = new OtherSites(stage, channel, random);
  }

  /** Plays the round, and returns what went wrong. */
  async run(): Promise<string[]> {
    await this.#enter();
    if (this.#faults.length > 0) return this.#faults;
    this.#begin();
    for (let step = 0; step < STEPS; step++) {
      const kind = this.#random(9);
      if (kind < 5) this.#change();
      else if (kind < 7) this.#sites.change(this.#objectIds());
      else this.#trouble();
      if (this.#random(2) === 0) await this.#stage.pause(this.#random(4));
    }
    await this.#rest();
    if (this.#faults.length === 0) await this.#compare();
    await this.#all("releases", this.#players.map(({ member }) => member.release(this.#channel)));
    return this.#faults;
  }

  async #enter(): Promise<void> {
    const { service, members } = this.#stage;
    const roots = members.map((member) => member.join(this.#channel));
    const all = await this.#all("joins", roots);
    this.#players = members.map((member, index) => ({
      member,
      root: all[index]!,
      isMoving: false,
      troubles: [],
      line: new TroubledLine(service, {
        channel: this.#channel,
        connectionId: member.connectionId(),
        local: LOCAL_SITE,
        copiesOwn: !member.isOfficial,
      }),
    }));
  }

  /** Objects to change, by one of the clients. */
  #begin(): void {
    const { member, root } = this.#one(this.#players);
    this.#watch(() =>
      root.batch((context) => {
        for (const key of MAPS) context.set(key, this.#newMap(member));
        for (const key of COUNTERS) context.set(key, member.counter(this.#random(5)));
      })
    );
  }

  /** A change of one client. */
  #change(): void {
    const { member, root } = this.#one(this.#players);
    const random = this.#random;
    const map = random(2) === 0 ? root : root.get(this.#one(MAPS));
    const counter = (random(3) === 0 ? map : root).get(this.#one(COUNTERS));
    switch (random(9)) {
      case 0:
        return this.#watch(() => map.remove(this.#one([...KEYS, ...MAPS, ...COUNTERS])));
      case 1:
      case 2:
        return this.#watch(() => counter.increment(random(16) / 4 - 2));
      case 3:
        return this.#watch(() => root.set(this.#one(MAPS), this.#newMap(member)));
      case 4:
        return this.#watch(() => root.set(this.#one(COUNTERS), member.counter(random(5))));
      case 5: {
        const [one, other, key] = [this.#one(KEYS), this.#one(KEYS), this.#one(MAPS)];
        const [value, created] = [random(100), this.#newMap(member)];
        return this.#watch(() =>
          root.batch((context) => {
            context.set(one, value);
            context.remove(other);
            context.set(key, created);
            context.get(key)?.set(one, value);
          })
        );
      }
      default:
        return this.#watch(() => map.set(this.#one(KEYS), this.#value()));
    }
  }

  #newMap(member: Member): unknown {
    const counter = member.counter(this.#random(5));
    return member.map({ n0: counter, k0: this.#random(100), m0: member.map({ k1: true }) });
  }

  #value(): unknown {
    const number = this.#random(1000);
    const bytes = new Uint8Array([number % 256]).buffer;
    return [number, `text ${number}`, number % 2 === 0, { json: [number] }, bytes][this.#random(5)];
  }

  #trouble(): void {
    const { service } = this.#stage;
    const { faults } = service;
    const player = this.#one(this.#players);
    const { line, member } = player;
    const match = { connectionId: member.connectionId() };
    const kind = this.#random(11);
    this.troubles++;
    player.troubles.push(kind);
    switch (kind) {
      case 0:
        return faults.drop(match);
      case 1:
        faults.toClient({ ...match, action: Action.Ack }, { drop: true }, { times: 1 });
        return;
      case 2:
        faults.fromClient({ ...match, action: Action.Object }, { drop: true }, { times: 1 });
        return;
      case 3:
        faults.toClient({ ...match, action: Action.Object }, { drop: true }, { times: 1 });
        return;
      case 4:
        return line.lose(1 + this.#random(3));
      case 5:
        return line.copy();
      case 6:
        return line.hold();
      case 7:
        line.split();
        if (!member.isOfficial) line.stall();
        return service.objects(this.#channel).sync();
      case 8:
        return service.objects(this.#channel).sync();
      case 9:
        return line.release();
      case 10:
        if (!player.isMoving) void this.#rejoin(player);
    }
  }

  async #rejoin(player: Player): Promise<void> {
    player.isMoving = true;
    try {
      await player.member.leave(this.#channel);
      player.root = await player.member.join(this.#channel);
    } catch (error) {
      this.#faults.push(`${player.member.name} cannot join again: ${error}`);
    }
    player.isMoving = false;
  }

  /** Ends all trouble, and waits until all changes are answered and all clients are up to date. */
  async #rest(): Promise<void> {
    const { service } = this.#stage;
    for (const { line } of this.#players) line.calm();
    await this.#until("every change is answered", () => this.#pending === 0);
    await this.#until(
      "every client is back",
      () => this.#players.every(({ isMoving }) => !isMoving),
    );
    if (this.#players.some(({ line }) => line.hasLost)) service.objects(this.#channel).sync();
    await this.#mark(1);
  }

  /** Compares the clients, then each client with the service, of which a sync shows what it has. */
  async #compare(): Promise<void> {
    const before = this.#players.map(({ root }) => shown(root));
    this.#stage.service.objects(this.#channel).sync();
    await this.#mark(2);
    this.#players.forEach(({ member, root, troubles }, index) => {
      const [seen, first, after] = [before[index], before[0], shown(root)];
      if (seen === first && seen === after) return;
      // The first client is one of this module: what it sees must not change.
      const isHealed = member.isOfficial && after === first;
      (isHealed ? this.deviations : this.#faults).push(
        `${member.name} (after troubles ${troubles}) sees ${seen}, another client ${first}; after a sync it sees ${after}`,
      );
    });
  }

  /** Waits until a change that comes after everything else has reached all clients. */
  async #mark(number: number): Promise<void> {
    await this.#sites.mark(number);
    await this.#until(
      `mark ${number} has arrived everywhere`,
      () => this.#players.every(({ root }) => root.get("mark").value() === number),
    );
  }

  /** Counts a change until it is answered. That of `ably` may throw at once. */
  #watch(change: () => Promise<void>): void {
    this.#pending++;
    const changed = async () => await change();
    changed().then(() => void this.accepted++, ({ code, message }) => {
      this.refused++;
      if (!EXPECTED.has(code)) this.#faults.push(`A change was refused: ${code} ${message}`);
    }).finally(() => this.#pending--);
  }

  /** The ids of objects that some client sees. */
  #objectIds(): string[] {
    const { root } = this.#one(this.#players);
    try {
      return [...MAPS, ...COUNTERS].flatMap((key) => root.get(key).instance()?.id ?? []);
    } catch {
      return []; // It is not attached.
    }
  }

  async #all<T>(what: string, promises: readonly Promise<T>[]): Promise<T[]> {
    let results: T[] | undefined;
    Promise.all(promises).then(
      (all) => results = all,
      (error) => this.#faults.push(`One of the ${what} failed: ${error}`),
    );
    await this.#until(`all ${what} are done`, () => results !== undefined);
    return results ?? [];
  }

  /** Gives up with a fault. */
  async #until(what: string, isReached: () => boolean): Promise<void> {
    const end = this.#stage.now() + PATIENCE;
    while (this.#faults.length === 0 && !isReached()) {
      if (this.#stage.now() > end) this.#faults.push(`It never came to pass that ${what}`);
      await this.#stage.pause(this.#stage.step);
    }
  }

  #one<T>(choices: readonly T[]): T {
    return choices[this.#random(choices.length)]!;
  }
}

/** No order of keys is promised. */
function shown(root: Root): string {
  return JSON.stringify(root.compactJson(), (key, value) => {
    if (key === "mark") return undefined;
    const isRecord = typeof value === "object" && value !== null && !Array.isArray(value);
    return isRecord ? Object.fromEntries(Object.entries(value).sort()) : value;
  });
}
