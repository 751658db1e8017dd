import type { ErrorInfo } from "../../src/errors.ts";
import { transition } from "../../src/realtime/connection/connection_state_machine.ts";
import type {
  ConnectionEffect,
  ConnectionInput,
  ConnectionStatus,
  ConnectionTimer,
  Session,
} from "../../src/realtime/connection/connection_state.ts";
import { assert, assertEquals, test } from "../harness.ts";
import { seeded } from "../support/seeded.ts";
import { EVENTS, known, other, reason, STATES } from "./support/connection_machine.ts";

type State = keyof typeof STATES;
type Event = keyof typeof EVENTS;

/** The very same status, and nothing to be done. */
const UNCHANGED = "unchanged";
/** The effects on the way to FAILED, from any state. */
const FAILS =
  "drop, stop retry, stop suspend, stop close, fail pending, channels failed, announce failed";

/** State, event, name of the next state, effects in their order. */
// deno-fmt-ignore
const TABLE: readonly (readonly [State, Event, string, string])[] = [
  // initialized
  ["initialized", "connect", "connecting", "announce connecting, attempt"],
  ["initialized", "close", "closed", "drop, fail pending, channels closed, announce closed"],
  ["initialized", "reauthorized", "connecting", "announce connecting, attempt"],
  ["initialized", "opened anew", UNCHANGED, ""],
  ["initialized", "opened resumed", UNCHANGED, ""],
  ["initialized", "updated", UNCHANGED, ""],
  ["initialized", "failed transient", UNCHANGED, ""],
  ["initialized", "failed token", UNCHANGED, ""],
  ["initialized", "failed fatal", UNCHANGED, ""],
  ["initialized", "failed elsewhere", UNCHANGED, ""],
  ["initialized", "failed too often", UNCHANGED, ""],
  ["initialized", "failed token too often", UNCHANGED, ""],
  ["initialized", "unauthorized", "failed", FAILS],
  ["initialized", "closed", UNCHANGED, ""],
  ["initialized", "closed too often", UNCHANGED, ""],
  ["initialized", "due retry", UNCHANGED, ""],
  ["initialized", "due suspend", UNCHANGED, ""],
  ["initialized", "due close", UNCHANGED, ""],
  ["initialized", "moved", UNCHANGED, ""],

  // connecting
  ["connecting", "connect", UNCHANGED, ""],
  ["connecting", "close", "closing", "stop suspend, start close, announce closing"],
  ["connecting", "reauthorized", "connecting", "drop, attempt"],
  ["connecting", "opened anew", "connected", "stop suspend, channels connected, flush renumbered, announce connected"],
  ["connecting", "opened resumed", "connected", "stop suspend, channels connected, flush same, announce connected"],
  ["connecting", "updated", UNCHANGED, ""],
  ["connecting", "failed transient", "disconnected", "drop, start retry disconnected 1, start suspend, fail unless queueing, announce disconnected"],
  ["connecting", "failed token", "connecting", "drop, renew, attempt"],
  ["connecting", "failed fatal", "failed", FAILS],
  ["connecting", "failed elsewhere", "disconnected", "drop, start retry disconnected 1, start suspend, fail unless queueing, announce disconnected"],
  ["connecting", "failed too often", "disconnected", "drop, start retry disconnected 1, start suspend, fail unless queueing, announce disconnected"],
  ["connecting", "failed token too often", "connecting", "drop, renew, attempt"],
  ["connecting", "unauthorized", "failed", FAILS],
  ["connecting", "closed", UNCHANGED, ""],
  ["connecting", "closed too often", UNCHANGED, ""],
  ["connecting", "due retry", UNCHANGED, ""],
  ["connecting", "due suspend", "connecting", ""],
  ["connecting", "due close", UNCHANGED, ""],
  ["connecting", "moved", "connecting", "drop, attempt"],

  // connecting again
  ["connecting again", "connect", UNCHANGED, ""],
  ["connecting again", "close", "closing", "stop suspend, start close, announce closing"],
  ["connecting again", "reauthorized", "connecting", "drop, attempt resume"],
  ["connecting again", "opened anew", "connected", "stop suspend, channels connected, flush renumbered, announce connected"],
  ["connecting again", "opened resumed", "connected", "stop suspend, channels connected, flush same, announce connected"],
  ["connecting again", "updated", UNCHANGED, ""],
  ["connecting again", "failed transient", "disconnected", "drop, start retry disconnected 2, fail unless queueing, announce disconnected"],
  ["connecting again", "failed token", "connecting", "drop, renew, attempt resume"],
  ["connecting again", "failed fatal", "failed", FAILS],
  ["connecting again", "failed elsewhere", "disconnected", "drop, start retry disconnected 2, fail unless queueing, announce disconnected"],
  ["connecting again", "failed too often", "disconnected", "drop, start retry disconnected 2, fail unless queueing, announce disconnected"],
  ["connecting again", "failed token too often", "connecting", "drop, renew, attempt resume"],
  ["connecting again", "unauthorized", "failed", FAILS],
  ["connecting again", "closed", UNCHANGED, ""],
  ["connecting again", "closed too often", UNCHANGED, ""],
  ["connecting again", "due retry", UNCHANGED, ""],
  ["connecting again", "due suspend", "connecting", ""],
  ["connecting again", "due close", UNCHANGED, ""],
  ["connecting again", "moved", "connecting", "drop, stop suspend, start suspend, attempt resume"],

  // connecting renewed
  ["connecting renewed", "connect", UNCHANGED, ""],
  ["connecting renewed", "close", "closing", "stop suspend, start close, announce closing"],
  ["connecting renewed", "reauthorized", "connecting", "drop, attempt resume"],
  ["connecting renewed", "opened anew", "connected", "stop suspend, channels connected, flush renumbered, announce connected"],
  ["connecting renewed", "opened resumed", "connected", "stop suspend, channels connected, flush same, announce connected"],
  ["connecting renewed", "updated", UNCHANGED, ""],
  ["connecting renewed", "failed transient", "disconnected", "drop, start retry disconnected 2, fail unless queueing, announce disconnected"],
  ["connecting renewed", "failed token", "disconnected", "drop, start retry disconnected 2, fail unless queueing, announce disconnected"],
  ["connecting renewed", "failed fatal", "failed", FAILS],
  ["connecting renewed", "failed elsewhere", "disconnected", "drop, start retry disconnected 2, fail unless queueing, announce disconnected"],
  ["connecting renewed", "failed too often", "disconnected", "drop, start retry disconnected 2, fail unless queueing, announce disconnected"],
  ["connecting renewed", "failed token too often", "disconnected", "drop, start retry disconnected 2, fail unless queueing, announce disconnected"],
  ["connecting renewed", "unauthorized", "failed", FAILS],
  ["connecting renewed", "closed", UNCHANGED, ""],
  ["connecting renewed", "closed too often", UNCHANGED, ""],
  ["connecting renewed", "due retry", UNCHANGED, ""],
  ["connecting renewed", "due suspend", "connecting", ""],
  ["connecting renewed", "due close", UNCHANGED, ""],
  ["connecting renewed", "moved", "connecting", "drop, stop suspend, start suspend, attempt resume"],

  // connecting overdue
  ["connecting overdue", "connect", UNCHANGED, ""],
  ["connecting overdue", "close", "closing", "stop suspend, start close, announce closing"],
  ["connecting overdue", "reauthorized", "connecting", "drop, attempt resume"],
  ["connecting overdue", "opened anew", "connected", "stop suspend, channels connected, flush renumbered, announce connected"],
  ["connecting overdue", "opened resumed", "connected", "stop suspend, channels connected, flush same, announce connected"],
  ["connecting overdue", "updated", UNCHANGED, ""],
  ["connecting overdue", "failed transient", "suspended", "drop, start retry suspended 2, fail pending, channels suspended, announce suspended"],
  ["connecting overdue", "failed token", "connecting", "drop, renew, attempt resume"],
  ["connecting overdue", "failed fatal", "failed", FAILS],
  ["connecting overdue", "failed elsewhere", "suspended", "drop, start retry suspended 2, fail pending, channels suspended, announce suspended"],
  ["connecting overdue", "failed too often", "suspended", "drop, start retry suspended 2, fail pending, channels suspended, announce suspended"],
  ["connecting overdue", "failed token too often", "connecting", "drop, renew, attempt resume"],
  ["connecting overdue", "unauthorized", "failed", FAILS],
  ["connecting overdue", "closed", UNCHANGED, ""],
  ["connecting overdue", "closed too often", UNCHANGED, ""],
  ["connecting overdue", "due retry", UNCHANGED, ""],
  ["connecting overdue", "due suspend", "connecting", ""],
  ["connecting overdue", "due close", UNCHANGED, ""],
  ["connecting overdue", "moved", "connecting", "drop, attempt resume"],

  // connected
  ["connected", "connect", UNCHANGED, ""],
  ["connected", "close", "closing", "sendClose, start close, channels offline, announce closing"],
  ["connected", "reauthorized", UNCHANGED, ""],
  ["connected", "opened anew", UNCHANGED, ""],
  ["connected", "opened resumed", UNCHANGED, ""],
  ["connected", "updated", "connected", "announce update"],
  ["connected", "failed transient", "connecting", "drop, channels offline, announce connecting, attempt resume"],
  ["connected", "failed token", "connecting", "drop, channels offline, announce connecting, renew, attempt resume"],
  ["connected", "failed fatal", "failed", FAILS],
  ["connected", "failed elsewhere", "connecting", "drop, channels offline, announce connecting, attempt resume elsewhere"],
  ["connected", "failed too often", "disconnected", "channels offline, drop, start retry disconnected 1, start suspend, fail unless queueing, announce disconnected"],
  ["connected", "failed token too often", "disconnected", "renew, channels offline, drop, start retry disconnected 1, start suspend, fail unless queueing, announce disconnected"],
  ["connected", "unauthorized", "failed", FAILS],
  ["connected", "closed", "connecting", "drop, channels offline, announce connecting, attempt resume"],
  ["connected", "closed too often", "disconnected", "channels offline, drop, start retry disconnected 1, start suspend, fail unless queueing, announce disconnected"],
  ["connected", "due retry", UNCHANGED, ""],
  ["connected", "due suspend", UNCHANGED, ""],
  ["connected", "due close", UNCHANGED, ""],
  ["connected", "moved", "connecting", "drop, channels offline, announce connecting, attempt resume"],

  // disconnected
  ["disconnected", "connect", "connecting", "stop retry, announce connecting, attempt resume"],
  ["disconnected", "close", "closed", "stop retry, stop suspend, drop, fail pending, channels closed, announce closed"],
  ["disconnected", "reauthorized", "connecting", "stop retry, announce connecting, attempt resume"],
  ["disconnected", "opened anew", UNCHANGED, ""],
  ["disconnected", "opened resumed", UNCHANGED, ""],
  ["disconnected", "updated", UNCHANGED, ""],
  ["disconnected", "failed transient", UNCHANGED, ""],
  ["disconnected", "failed token", UNCHANGED, ""],
  ["disconnected", "failed fatal", UNCHANGED, ""],
  ["disconnected", "failed elsewhere", UNCHANGED, ""],
  ["disconnected", "failed too often", UNCHANGED, ""],
  ["disconnected", "failed token too often", UNCHANGED, ""],
  ["disconnected", "unauthorized", "failed", FAILS],
  ["disconnected", "closed", UNCHANGED, ""],
  ["disconnected", "closed too often", UNCHANGED, ""],
  ["disconnected", "due retry", "connecting", "announce connecting, attempt resume"],
  ["disconnected", "due suspend", "suspended", "stop retry, start retry suspended 1, fail pending, channels suspended, announce suspended"],
  ["disconnected", "due close", UNCHANGED, ""],
  ["disconnected", "moved", "connecting", "stop retry, stop suspend, start suspend, announce connecting, attempt resume"],

  // suspended
  ["suspended", "connect", "connecting", "stop retry, announce connecting, attempt resume"],
  ["suspended", "close", "closed", "stop retry, stop suspend, drop, fail pending, channels closed, announce closed"],
  ["suspended", "reauthorized", "connecting", "stop retry, announce connecting, attempt resume"],
  ["suspended", "opened anew", UNCHANGED, ""],
  ["suspended", "opened resumed", UNCHANGED, ""],
  ["suspended", "updated", UNCHANGED, ""],
  ["suspended", "failed transient", UNCHANGED, ""],
  ["suspended", "failed token", UNCHANGED, ""],
  ["suspended", "failed fatal", UNCHANGED, ""],
  ["suspended", "failed elsewhere", UNCHANGED, ""],
  ["suspended", "failed too often", UNCHANGED, ""],
  ["suspended", "failed token too often", UNCHANGED, ""],
  ["suspended", "unauthorized", "failed", FAILS],
  ["suspended", "closed", UNCHANGED, ""],
  ["suspended", "closed too often", UNCHANGED, ""],
  ["suspended", "due retry", "connecting", "announce connecting, attempt resume"],
  ["suspended", "due suspend", UNCHANGED, ""],
  ["suspended", "due close", UNCHANGED, ""],
  ["suspended", "moved", "connecting", "stop retry, announce connecting, attempt resume"],

  // closing
  ["closing", "connect", "connecting", "stop close, drop, fail pending, channels closed, channels reset, forget, announce connecting, attempt"],
  ["closing", "close", UNCHANGED, ""],
  ["closing", "reauthorized", "connecting", "stop close, drop, fail pending, channels closed, channels reset, forget, announce connecting, attempt"],
  ["closing", "opened anew", "closing", "sendClose, start close"],
  ["closing", "opened resumed", "closing", "sendClose, start close"],
  ["closing", "updated", UNCHANGED, ""],
  ["closing", "failed transient", "closed", "stop close, drop, fail pending, channels closed, announce closed"],
  ["closing", "failed token", "closed", "stop close, drop, fail pending, channels closed, announce closed"],
  ["closing", "failed fatal", "closed", "stop close, drop, fail pending, channels closed, announce closed"],
  ["closing", "failed elsewhere", "closed", "stop close, drop, fail pending, channels closed, announce closed"],
  ["closing", "failed too often", "closed", "stop close, drop, fail pending, channels closed, announce closed"],
  ["closing", "failed token too often", "closed", "stop close, drop, fail pending, channels closed, announce closed"],
  ["closing", "unauthorized", UNCHANGED, ""],
  ["closing", "closed", "closed", "stop close, drop, fail pending, channels closed, announce closed"],
  ["closing", "closed too often", "closed", "stop close, drop, fail pending, channels closed, announce closed"],
  ["closing", "due retry", UNCHANGED, ""],
  ["closing", "due suspend", UNCHANGED, ""],
  ["closing", "due close", "closed", "drop, fail pending, channels closed, announce closed"],
  ["closing", "moved", "closed", "stop close, drop, fail pending, channels closed, announce closed"],

  // closing unasked
  ["closing unasked", "connect", "connecting", "stop close, drop, fail pending, channels closed, channels reset, forget, announce connecting, attempt"],
  ["closing unasked", "close", UNCHANGED, ""],
  ["closing unasked", "reauthorized", "connecting", "stop close, drop, fail pending, channels closed, channels reset, forget, announce connecting, attempt"],
  ["closing unasked", "opened anew", "closing", "sendClose, start close"],
  ["closing unasked", "opened resumed", "closing", "sendClose, start close"],
  ["closing unasked", "updated", UNCHANGED, ""],
  ["closing unasked", "failed transient", "closed", "stop close, drop, fail pending, channels closed, announce closed"],
  ["closing unasked", "failed token", "closed", "stop close, drop, fail pending, channels closed, announce closed"],
  ["closing unasked", "failed fatal", "closed", "stop close, drop, fail pending, channels closed, announce closed"],
  ["closing unasked", "failed elsewhere", "closed", "stop close, drop, fail pending, channels closed, announce closed"],
  ["closing unasked", "failed too often", "closed", "stop close, drop, fail pending, channels closed, announce closed"],
  ["closing unasked", "failed token too often", "closed", "stop close, drop, fail pending, channels closed, announce closed"],
  ["closing unasked", "unauthorized", UNCHANGED, ""],
  ["closing unasked", "closed", "closed", "stop close, drop, fail pending, channels closed, announce closed"],
  ["closing unasked", "closed too often", "closed", "stop close, drop, fail pending, channels closed, announce closed"],
  ["closing unasked", "due retry", UNCHANGED, ""],
  ["closing unasked", "due suspend", UNCHANGED, ""],
  ["closing unasked", "due close", "closed", "drop, fail pending, channels closed, announce closed"],
  ["closing unasked", "moved", "closed", "stop close, drop, fail pending, channels closed, announce closed"],

  // closed
  ["closed", "connect", "connecting", "channels reset, forget, announce connecting, attempt"],
  ["closed", "close", UNCHANGED, ""],
  ["closed", "reauthorized", "connecting", "channels reset, forget, announce connecting, attempt"],
  ["closed", "opened anew", UNCHANGED, ""],
  ["closed", "opened resumed", UNCHANGED, ""],
  ["closed", "updated", UNCHANGED, ""],
  ["closed", "failed transient", UNCHANGED, ""],
  ["closed", "failed token", UNCHANGED, ""],
  ["closed", "failed fatal", UNCHANGED, ""],
  ["closed", "failed elsewhere", UNCHANGED, ""],
  ["closed", "failed too often", UNCHANGED, ""],
  ["closed", "failed token too often", UNCHANGED, ""],
  ["closed", "unauthorized", "failed", FAILS],
  ["closed", "closed", UNCHANGED, ""],
  ["closed", "closed too often", UNCHANGED, ""],
  ["closed", "due retry", UNCHANGED, ""],
  ["closed", "due suspend", UNCHANGED, ""],
  ["closed", "due close", UNCHANGED, ""],
  ["closed", "moved", UNCHANGED, ""],

  // failed
  ["failed", "connect", "connecting", "channels reset, forget, announce connecting, attempt"],
  ["failed", "close", UNCHANGED, ""],
  ["failed", "reauthorized", "connecting", "channels reset, forget, announce connecting, attempt"],
  ["failed", "opened anew", UNCHANGED, ""],
  ["failed", "opened resumed", UNCHANGED, ""],
  ["failed", "updated", UNCHANGED, ""],
  ["failed", "failed transient", UNCHANGED, ""],
  ["failed", "failed token", UNCHANGED, ""],
  ["failed", "failed fatal", UNCHANGED, ""],
  ["failed", "failed elsewhere", UNCHANGED, ""],
  ["failed", "failed too often", UNCHANGED, ""],
  ["failed", "failed token too often", UNCHANGED, ""],
  ["failed", "unauthorized", UNCHANGED, ""],
  ["failed", "closed", UNCHANGED, ""],
  ["failed", "closed too often", UNCHANGED, ""],
  ["failed", "due retry", UNCHANGED, ""],
  ["failed", "due suspend", UNCHANGED, ""],
  ["failed", "due close", UNCHANGED, ""],
  ["failed", "moved", UNCHANGED, ""],
];

function textOf(effect: ConnectionEffect): string {
  switch (effect.do) {
    case "attempt":
      return `attempt${effect.session ? " resume" : ""}${effect.skipPrimary ? " elsewhere" : ""}`;
    case "start":
      return effect.timer === "retry"
        ? `start retry ${effect.from} ${effect.retries}`
        : `start ${effect.timer}`;
    case "stop":
      return `stop ${effect.timer}`;
    case "channels":
      return `channels ${effect.event}`;
    case "flush":
      return effect.resumed ? "flush same" : "flush renumbered";
    case "failPending":
      return effect.unlessQueueing ? "fail unless queueing" : "fail pending";
    case "announce":
      return `announce ${effect.event}`;
    default:
      return effect.do;
  }
}

for (const [state, event, next, effects] of TABLE) {
  test(`RTN27: ${state}, ${event}`, () => {
    const before = STATES[state];
    const [after, done] = transition(before, EVENTS[event]);
    if (next === UNCHANGED) assert(after === before, `became ${after.name}`);
    else assertEquals(after.name, next);
    assertEquals(done.map(textOf).join(", "), effects);
  });
}

test("RTN27: the table has every pair of state and event, once", () => {
  const pairs = TABLE.map(([state, event]) => `${state}, ${event}`);
  const all = Object.keys(STATES).flatMap((state) =>
    Object.keys(EVENTS).map((event) => `${state}, ${event}`)
  );
  assertEquals(pairs.toSorted(), all.toSorted());
});

test("RTN27: the states of the table are all there are, with each of its forms", () => {
  const names = new Set(Object.values(STATES).map(({ name }) => name));
  assertEquals([...names].toSorted(), [
    "closed",
    "closing",
    "connected",
    "connecting",
    "disconnected",
    "failed",
    "initialized",
    "suspended",
  ]);
});

test("RTN14e: the time without a connection counts from the first failure, through all attempts", () => {
  let status: ConnectionStatus = STATES.connecting;
  const started: string[] = [];
  const happen = (input: ConnectionInput) => {
    const [next, effects] = transition(status, input);
    status = next;
    started.push(...effects.filter((one) => one.do === "start").map(textOf));
  };
  for (let i = 0; i < 3; i++) {
    happen(EVENTS["failed transient"]);
    happen(EVENTS["due retry"]);
  }
  happen(EVENTS["due suspend"]);
  assertEquals(status.name, "connecting");
  happen(EVENTS["failed transient"]);
  assertEquals(status.name, "suspended");
  assertEquals(started, [
    "start retry disconnected 1",
    "start suspend",
    "start retry disconnected 2",
    "start retry disconnected 3",
    "start retry suspended 4",
  ]);
});

test("RTN4f: an error from the service is the reason; an error that the client saw is not, or becomes the cause", () => {
  const reasonOf = (state: State, input: ConnectionInput) => {
    const [, effects] = transition(STATES[state], input);
    return effects.find((effect) => effect.do === "announce")?.reason;
  };
  const lost = { type: "failed", kind: "transient", reason } as const;
  assertEquals(reasonOf("connecting overdue", { ...lost, fromService: true }), reason);
  assertEquals(reasonOf("connecting overdue", lost)?.code, 80002);
  assertEquals(reasonOf("disconnected", EVENTS["due suspend"])?.cause, reason);
  for (const state of ["closing", "closing unasked"] as const) {
    assertEquals(reasonOf(state, { ...lost, fromService: true }), reason);
    assertEquals(reasonOf(state, lost), undefined);
    assertEquals(reasonOf(state, { type: "closed", reason }), reason);
    assertEquals(reasonOf(state, { type: "closed" }), undefined);
  }
  assertEquals(reasonOf("connected", { type: "closed", reason }), reason);
  assertEquals(reasonOf("connected", { type: "closed" })?.code, 80003);
});

test("RTB1a: a connection that comes about ends the count of retries", () => {
  const [connected] = transition(STATES["connecting again"], EVENTS["opened resumed"]);
  const [connecting] = transition(connected, EVENTS["failed transient"]);
  const [, effects] = transition(connecting, EVENTS["failed transient"]);
  assert(effects.map(textOf).includes("start retry disconnected 1"), effects.map(textOf).join());
});

test("RTN15c6, RTN15c7: the connection id says whether serials still count; without one, the error", () => {
  const flushOf = (state: State, session: Session, error?: ErrorInfo) => {
    const [, effects] = transition(STATES[state], { type: "opened", session, error });
    return effects.map(textOf).find((text) => text.startsWith("flush"));
  };
  assertEquals(flushOf("connecting again", known), "flush same");
  assertEquals(flushOf("connecting again", known, reason), "flush same");
  assertEquals(flushOf("connecting again", other), "flush renumbered");
  assertEquals(flushOf("connecting again", other, reason), "flush renumbered");
  assertEquals(flushOf("connecting", other), "flush same");
  assertEquals(flushOf("connecting", other, reason), "flush renumbered"); // RTN16f
});

/** The surroundings of the machine, reduced to the parts that its invariants mention. */
class World {
  status: ConnectionStatus = STATES.initialized;
  readonly timers = new Set<ConnectionTimer>();
  /** An attempt is under way. */
  attempting = false;
  /** There is a transport that is connected. */
  linked = false;
  /** The state that was announced last. */
  announced = "initialized";
  steps = 0;

  happen(input: ConnectionInput): void {
    const before = this.status;
    // A report that an attempt or transport has ended implies that it has been dropped.
    if (input.type === "opened") [this.attempting, this.linked] = [false, true];
    if (input.type === "failed" && this.attempting) this.attempting = false;
    else if (input.type === "failed" || input.type === "closed") this.linked = false;
    if (input.type === "due") this.timers.delete(input.timer);
    const [after, effects] = transition(before, input);
    this.status = after;
    for (const effect of effects) this.#perform(effect);
    this.#check(before.name, input, effects);
    this.steps++;
  }

  #perform(effect: ConnectionEffect): void {
    switch (effect.do) {
      case "attempt":
        assert(!this.attempting && !this.linked, "a second transport");
        this.attempting = true;
        return;
      case "drop":
        this.attempting = this.linked = false;
        return;
      case "start":
        // The close timer alone starts anew, when the CLOSE is sent at last (RTN12f).
        assert(effect.timer === "close" || !this.timers.has(effect.timer), `two ${effect.timer}`);
        this.timers.add(effect.timer);
        return;
      case "stop":
        this.timers.delete(effect.timer);
        return;
      case "announce":
        assert(effect.event !== this.announced, `${effect.event} twice`); // RTN4h
        if (effect.event !== "update") this.announced = effect.event;
    }
  }

  #check(before: string, input: ConnectionInput, effects: readonly ConnectionEffect[]): void {
    const { name } = this.status;
    const where = `${before} --${input.type}--> ${name}`;
    assertEquals(this.announced, name, where);
    assertEquals(this.linked, name === "connected" || name === "closing" && this.linked, where);
    assertEquals(this.attempting, name === "connecting" || this.#isClosingUnasked, where);
    assertEquals(this.timers.has("close"), name === "closing", where);
    assertEquals(this.timers.has("retry"), name === "disconnected" || name === "suspended", where);
    if (name !== "connecting" && name !== "disconnected") {
      assert(!this.timers.has("suspend"), `${where}: the suspend timer is left`);
    }
    if (before === "closed" || before === "failed" || before === "initialized") {
      const asked = ["connect", "reauthorized", "unauthorized"].includes(input.type);
      assert(name === before || asked, `${where}: left without being asked`);
    }
    assert(name !== "initialized" || before === "initialized", `${where}: RTN27a`);
    if (name !== before && ["suspended", "closed", "failed"].includes(name)) {
      assert(effects.some((one) => one.do === "failPending" && !one.unlessQueueing), where); // RTN7e
    }
  }

  get #isClosingUnasked(): boolean {
    return this.status.name === "closing" && !this.status.asked;
  }
}

test("RTN27: 100,000 random events keep one transport, one timer a name, and ends final", () => {
  const draw = seeded(20260101);
  const pick = <T>(items: readonly T[]) => items[draw(items.length)]!;
  const world = new World();
  const visited = new Map<string, number>();
  while (world.steps < 100_000) {
    world.happen(pick(possibleIn(world, draw)));
    const { name } = world.status;
    visited.set(name, (visited.get(name) ?? 0) + 1);
  }
  for (const name of Object.values(STATES).map(({ name }) => name)) {
    assert((visited.get(name) ?? 0) > (name === "initialized" ? -1 : 500), `${name} is rare`);
  }
});

/** The events of a world: the user may do anything at any time; the other events follow from the state. */
function possibleIn(world: World, draw: (limit: number) => number): ConnectionInput[] {
  const session = { id: draw(2) === 0 ? "known" : "other", key: `key-${draw(1000)}` };
  const error = draw(3) === 0 ? reason : undefined;
  const failures: ConnectionInput[] = [
    { type: "failed", kind: "transient", reason, tryOtherHosts: draw(4) === 0 },
    { type: "failed", kind: "token", reason },
    ...(draw(20) === 0 ? [{ type: "failed", kind: "fatal", reason } as const] : []),
  ];
  return [
    { type: "connect" },
    ...(draw(4) === 0 ? [{ type: "close" } as const] : []),
    ...(draw(4) === 0 ? [{ type: "reauthorized" } as const] : []),
    ...(draw(50) === 0 ? [{ type: "unauthorized", reason } as const] : []),
    ...(draw(20) === 0 ? [{ type: "moved", reason } as const] : []),
    ...(world.attempting ? [{ type: "opened", session, error } as const, ...failures] : []),
    ...(world.linked
      ? [{ type: "updated", session, error } as const, { type: "closed" } as const, ...failures]
      : []),
    ...[...world.timers].map((timer) => ({ type: "due", timer } as const)),
  ];
}
