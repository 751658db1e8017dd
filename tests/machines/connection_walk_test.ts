import { type ClientOptions, ErrorInfo } from "../../mod.ts";
import { Action } from "../../src/protocol/actions.ts";
import { assert, assertEquals, test } from "../harness.ts";
import { Rig, TOKEN_EXPIRED } from "../support/realtime_rig.ts";
import type { Line } from "../support/scripted_network.ts";
import { seeded } from "../support/seeded.ts";

/** A client that is led through random events, and the service that it believes to speak to. */
class Walk {
  readonly rig: Rig;
  readonly draw: (limit: number) => number;
  /** Publishes that have not settled. */
  pending = 0;
  settled = 0;
  /** Calls of the user that have not settled. */
  calls = 0;
  #count = 0;
  /** The connection id that each transport was given first. */
  readonly #ids = new WeakMap<Line, string>();
  readonly #seen = new Set<string>();
  /** Transports whose connection id was new. */
  readonly #fresh = new WeakSet<Line>();
  /** The number of answered messages of each transport. */
  readonly #answered = new WeakMap<Line, number>();
  readonly visited: Record<string, number> = {};

  constructor(seed: number, options: ClientOptions) {
    this.draw = seeded(seed);
    let tokens = 0;
    this.rig = new Rig({
      authCallback: () =>
        this.#chance(5) ? Promise.reject(new Error("No session")) : `token-${++tokens}`,
      random: {
        bytes: (length) => new Uint8Array(length).map(() => this.draw(256)),
        number: () => this.draw(100) / 100,
      },
      logLevel: "none",
      ...options,
    });
  }

  async step(): Promise<void> {
    const { clock, client } = this.rig;
    const before = client.connection.state;
    const asked = this.#act();
    await clock.advance(this.#chance(4) ? this.draw(20_000) : 0);
    this.#check(before, asked);
  }

  /** Does something at random; returns whether the user asked to leave the state. */
  #act(): boolean {
    const line = this.rig.network.lines.at(-1);
    const user = [
      () => this.rig.client.connect(),
      () => this.#publish(),
      () => this.#publish(),
      () => this.#call(this.rig.client.connection.ping()),
    ];
    const action = this.draw(100);
    if (action < 3) this.#call(this.rig.client.close());
    else if (action < 6) {
      this.#call(this.rig.client.auth.authorize());
      return true;
    } else if (action < 35) {
      const what = this.draw(user.length);
      user[what]!();
      return what === 0;
    } else if (line?.isLive) this.#serve(line);
    return false;
  }

  /** Does something at random that the service may do. */
  #serve(line: Line): void {
    const error = { code: 80003, statusCode: 400 + this.draw(3) * 50, message: "Random" };
    const id = this.#chance(3) ? `id-${++this.#count}` : `id-${this.#count}`;
    const acts: (() => void)[] = [
      () => this.#welcome(line, id),
      () => line.close(this.#chance(2) ? 1006 : 1000),
      () => line.disconnect(this.#chance(2) ? error : undefined),
      () => line.disconnect(TOKEN_EXPIRED),
      () => line.send({ action: Action.Auth }),
      () => line.send({ action: Action.Heartbeat, id: line.sent(Action.Heartbeat).at(-1)?.id }),
      () => line.send({ action: Action.Closed }),
      () =>
        this.#chance(6)
          ? line.refuse({ code: 40400, statusCode: 404 })
          : line.refuse(TOKEN_EXPIRED),
    ];
    // Mostly the service answers what it is asked.
    const kind = this.draw(20);
    if (kind < 8) this.#answer(line);
    else if (kind < 13) acts[0]!();
    else acts[this.draw(acts.length)]!();
  }

  #welcome(line: Line, id: string): void {
    const error = this.#chance(4) ? { code: 80018, statusCode: 400, message: "Random" } : null;
    if (!this.#ids.has(line)) {
      this.#ids.set(line, id);
      if (!this.#seen.has(id)) this.#fresh.add(line);
      this.#seen.add(id);
    }
    line.connect({ id: this.#ids.get(line)!, key: `key-${this.draw(1_000)}`, error });
  }

  /** Acknowledges, or refuses, some of what came in. */
  #answer(line: Line): void {
    const sent = line.sent(Action.Message);
    const from = this.#answered.get(line) ?? 0;
    if (from >= sent.length) return;
    const count = 1 + this.draw(sent.length - from);
    const action = this.#chance(8) ? Action.Nack : Action.Ack;
    this.#answered.set(line, from + count);
    line.send({ action, msgSerial: sent[from]!.msgSerial!, count });
  }

  #publish(): void {
    this.pending++;
    const done = () => {
      this.pending--;
      this.settled++;
    };
    this.rig.client.channels.get("c").publish("n", null).then(done, (error) => {
      assert(error instanceof ErrorInfo, String(error));
      done();
    });
  }

  #call(promise: Promise<unknown>): void {
    this.calls++;
    promise.then(() => this.calls--, () => this.calls--);
  }

  #check(before: string, asked: boolean): void {
    const { client, network, clock, changes } = this.rig;
    const { state } = client.connection;
    this.visited[state] = (this.visited[state] ?? 0) + 1;
    assert(network.live <= 1, `${network.live} live transports in ${state}`);
    if (["initialized", "closed", "failed", "disconnected", "suspended"].includes(state)) {
      assertEquals(network.live, 0, `a transport in ${state}`);
    }
    if (state === "connected") assertEquals(network.live, 1);
    if (["closed", "failed"].includes(state)) {
      assertEquals(this.pending, 0, `publishes that are pending in ${state}`);
    }
    // retry, suspend, close, idle, attempt, the deadline for a token; and pings
    assert(clock.pending <= 6 + this.calls, `${clock.pending} timers in ${state}`);
    const steps = changes.splice(0);
    for (const { current, previous, event } of steps) {
      assert(
        event === "update" ? current === previous : current !== previous,
        `${previous} to ${current}`,
      );
    }
    const left = steps[0]?.previous === before && (before === "closed" || before === "failed");
    assert(!left || asked, `${before} was left without being asked`);
    this.#checkSerials();
  }

  /** On each transport serials follow one another without a gap, from 0 on where the connection is new (RTN19a2). */
  #checkSerials(): void {
    const line = this.rig.network.lines.at(-1);
    const serials = line?.sent(Action.Message).map(({ msgSerial }) => msgSerial!) ?? [];
    if (line && this.#fresh.has(line) && serials.length > 0) assertEquals(serials[0], 0);
    for (let i = 1; i < serials.length; i++) {
      assertEquals(serials[i], serials[i - 1]! + 1, "a gap between serials");
    }
  }

  #chance(of: number): boolean {
    return this.draw(of) === 0;
  }
}

const WALKS: readonly [string, number, ClientOptions][] = [
  ["by default", 1, {}],
  ["without queueing", 2, { queueMessages: false }],
  ["with fallback hosts", 3, { endpoint: "main" }],
  ["with a ttl that is soon over", 4, { connectionStateTtl: 1_000 }],
];

for (const [what, seed, options] of WALKS) {
  test(`RTN27, RTN7: 25,000 random events ${what} keep one transport, and every publish settles`, async () => {
    const walk = new Walk(seed, options);
    for (let step = 0; step < 25_000; step++) {
      await walk.step();
      // Memory of the test, not of the client
      if (walk.rig.network.lines.length > 200) walk.rig.network.forget(150);
      if (walk.rig.http.seen.length > 200) walk.rig.http.seen.length = 0;
    }
    const { client, clock, network } = walk.rig;
    const closed = client.close();
    await clock.advance(60_000);
    await closed;
    assertEquals([walk.pending, walk.calls, clock.pending, network.live], [0, 0, 0, 0]);
    assert(walk.settled > 2_000, `${walk.settled} publishes`);
    const states = Object.keys(walk.visited).toSorted();
    for (
      const state of ["closed", "closing", "connected", "connecting", "disconnected", "failed"]
    ) {
      assert(states.includes(state), `${state} was never visited: ${JSON.stringify(walk.visited)}`);
    }
  });
}
