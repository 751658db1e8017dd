import type { ErrorInfo } from "../../src/errors.ts";
import {
  type ConnectionTransition,
  transition,
} from "../../src/realtime/connection/connection_state_machine.ts";
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

/** The effects on the way to CLOSED. */
const CLOSES =
  "drop, stop retry, stop suspend, stop close, fail pending, channels closed, announce closed";

/** State, event, name of the next state, effects in their order. */
// deno-fmt-ignore
const TABLE: readonly (readonly [State, Event, string, string])[] = [
  // initialized
  ["initialized", "connect", "connecting", "announce connecting, attempt"],
  ["initialized", "close", "closed", CLOSES],
  ["initialized", "authorizing", UNCHANGED, ""],
  ["initialized", "reauthorized", "connecting", "announce connecting, attempt"],
  ["initialized", "unauthorized", "failed", FAILS],
  ["initialized", "unauthorized for now", UNCHANGED, ""],
  ["initialized", "opened anew", UNCHANGED, ""],
  ["initialized", "opened resumed", UNCHANGED, ""],
  ["initialized", "updated", UNCHANGED, ""],
  ["initialized", "failed transient", UNCHANGED, ""],
  ["initialized", "failed fatal", UNCHANGED, ""],
  ["initialized", "failed at host", UNCHANGED, ""],
  ["initialized", "failed too often", UNCHANGED, ""],
  ["initialized", "token DISCONNECTED", UNCHANGED, ""],
  ["initialized", "token ERROR", UNCHANGED, ""],
  ["initialized", "token too often", UNCHANGED, ""],
  ["initialized", "fixed token DISCONNECTED", UNCHANGED, ""],
  ["initialized", "fixed token ERROR", UNCHANGED, ""],
  ["initialized", "key DISCONNECTED", UNCHANGED, ""],
  ["initialized", "key ERROR", UNCHANGED, ""],
  ["initialized", "closed", UNCHANGED, ""],
  ["initialized", "due retry", UNCHANGED, ""],
  ["initialized", "due suspend", UNCHANGED, ""],
  ["initialized", "due close", UNCHANGED, ""],
  ["initialized", "moved", UNCHANGED, ""],

  // connecting
  ["connecting", "connect", UNCHANGED, ""],
  ["connecting", "close", "closing", "stop suspend, start close, announce closing"],
  ["connecting", "authorizing", "connecting", "drop"],
  ["connecting", "reauthorized", "connecting", "drop, attempt"],
  ["connecting", "unauthorized", "failed", FAILS],
  ["connecting", "unauthorized for now", UNCHANGED, ""],
  ["connecting", "opened anew", "connected", "stop suspend, channels connected, flush renumbered, announce connected"],
  ["connecting", "opened resumed", "connected", "stop suspend, channels connected, flush same, announce connected"],
  ["connecting", "updated", UNCHANGED, ""],
  ["connecting", "failed transient", "disconnected", "drop, start retry disconnected 1, start suspend, fail unless queueing, announce disconnected"],
  ["connecting", "failed fatal", "failed", FAILS],
  ["connecting", "failed at host", "disconnected", "drop, start retry disconnected 1, start suspend, fail unless queueing, announce disconnected"],
  ["connecting", "failed too often", "disconnected", "drop, start retry disconnected 1, start suspend, fail unless queueing, announce disconnected"],
  ["connecting", "token DISCONNECTED", "connecting", "drop, attempt"],
  ["connecting", "token ERROR", "connecting", "drop, attempt"],
  ["connecting", "token too often", "connecting", "drop, attempt"],
  ["connecting", "fixed token DISCONNECTED", "failed", FAILS],
  ["connecting", "fixed token ERROR", "failed", FAILS],
  ["connecting", "key DISCONNECTED", "disconnected", "drop, start retry disconnected 1, start suspend, fail unless queueing, announce disconnected"],
  ["connecting", "key ERROR", "failed", FAILS],
  ["connecting", "closed", "disconnected", "drop, start retry disconnected 1, start suspend, fail unless queueing, announce disconnected"],
  ["connecting", "due retry", UNCHANGED, ""],
  ["connecting", "due suspend", "connecting", ""],
  ["connecting", "due close", UNCHANGED, ""],
  ["connecting", "moved", "connecting", "drop, attempt"],

  // connecting again
  ["connecting again", "connect", UNCHANGED, ""],
  ["connecting again", "close", "closing", "stop suspend, start close, announce closing"],
  ["connecting again", "authorizing", "connecting", "drop"],
  ["connecting again", "reauthorized", "connecting", "drop, attempt resume"],
  ["connecting again", "unauthorized", "failed", FAILS],
  ["connecting again", "unauthorized for now", UNCHANGED, ""],
  ["connecting again", "opened anew", "connected", "stop suspend, channels connected, flush renumbered, announce connected"],
  ["connecting again", "opened resumed", "connected", "stop suspend, channels connected, flush same, announce connected"],
  ["connecting again", "updated", UNCHANGED, ""],
  ["connecting again", "failed transient", "disconnected", "drop, start retry disconnected 2, fail unless queueing, announce disconnected"],
  ["connecting again", "failed fatal", "failed", FAILS],
  ["connecting again", "failed at host", "disconnected", "drop, start retry disconnected 2, fail unless queueing, announce disconnected"],
  ["connecting again", "failed too often", "disconnected", "drop, start retry disconnected 2, fail unless queueing, announce disconnected"],
  ["connecting again", "token DISCONNECTED", "connecting", "drop, attempt resume"],
  ["connecting again", "token ERROR", "connecting", "drop, attempt resume"],
  ["connecting again", "token too often", "connecting", "drop, attempt resume"],
  ["connecting again", "fixed token DISCONNECTED", "failed", FAILS],
  ["connecting again", "fixed token ERROR", "failed", FAILS],
  ["connecting again", "key DISCONNECTED", "disconnected", "drop, start retry disconnected 2, fail unless queueing, announce disconnected"],
  ["connecting again", "key ERROR", "failed", FAILS],
  ["connecting again", "closed", "disconnected", "drop, start retry disconnected 2, fail unless queueing, announce disconnected"],
  ["connecting again", "due retry", UNCHANGED, ""],
  ["connecting again", "due suspend", "connecting", ""],
  ["connecting again", "due close", UNCHANGED, ""],
  ["connecting again", "moved", "connecting", "drop, stop suspend, start suspend, attempt resume"],

  // connecting renewed
  ["connecting renewed", "connect", UNCHANGED, ""],
  ["connecting renewed", "close", "closing", "stop suspend, start close, announce closing"],
  ["connecting renewed", "authorizing", "connecting", "drop"],
  ["connecting renewed", "reauthorized", "connecting", "drop, attempt resume"],
  ["connecting renewed", "unauthorized", "failed", FAILS],
  ["connecting renewed", "unauthorized for now", UNCHANGED, ""],
  ["connecting renewed", "opened anew", "connected", "stop suspend, channels connected, flush renumbered, announce connected"],
  ["connecting renewed", "opened resumed", "connected", "stop suspend, channels connected, flush same, announce connected"],
  ["connecting renewed", "updated", UNCHANGED, ""],
  ["connecting renewed", "failed transient", "disconnected", "drop, start retry disconnected 2, fail unless queueing, announce disconnected"],
  ["connecting renewed", "failed fatal", "failed", FAILS],
  ["connecting renewed", "failed at host", "disconnected", "drop, start retry disconnected 2, fail unless queueing, announce disconnected"],
  ["connecting renewed", "failed too often", "disconnected", "drop, start retry disconnected 2, fail unless queueing, announce disconnected"],
  ["connecting renewed", "token DISCONNECTED", "disconnected", "drop, start retry disconnected 2, fail unless queueing, announce disconnected"],
  ["connecting renewed", "token ERROR", "disconnected", "drop, start retry disconnected 2, fail unless queueing, announce disconnected"],
  ["connecting renewed", "token too often", "disconnected", "drop, start retry disconnected 2, fail unless queueing, announce disconnected"],
  ["connecting renewed", "fixed token DISCONNECTED", "failed", FAILS],
  ["connecting renewed", "fixed token ERROR", "failed", FAILS],
  ["connecting renewed", "key DISCONNECTED", "disconnected", "drop, start retry disconnected 2, fail unless queueing, announce disconnected"],
  ["connecting renewed", "key ERROR", "failed", FAILS],
  ["connecting renewed", "closed", "disconnected", "drop, start retry disconnected 2, fail unless queueing, announce disconnected"],
  ["connecting renewed", "due retry", UNCHANGED, ""],
  ["connecting renewed", "due suspend", "connecting", ""],
  ["connecting renewed", "due close", UNCHANGED, ""],
  ["connecting renewed", "moved", "connecting", "drop, stop suspend, start suspend, attempt resume"],

  // connecting expired
  ["connecting expired", "connect", UNCHANGED, ""],
  ["connecting expired", "close", "closing", "stop suspend, start close, announce closing"],
  ["connecting expired", "authorizing", "connecting", "drop"],
  ["connecting expired", "reauthorized", "connecting", "drop, attempt resume"],
  ["connecting expired", "unauthorized", "failed", FAILS],
  ["connecting expired", "unauthorized for now", UNCHANGED, ""],
  ["connecting expired", "opened anew", "connected", "stop suspend, channels connected, flush renumbered, announce connected"],
  ["connecting expired", "opened resumed", "connected", "stop suspend, channels connected, flush same, announce connected"],
  ["connecting expired", "updated", UNCHANGED, ""],
  ["connecting expired", "failed transient", "suspended", "drop, stop retry, start retry suspended 2, fail pending, channels suspended, announce suspended"],
  ["connecting expired", "failed fatal", "failed", FAILS],
  ["connecting expired", "failed at host", "suspended", "drop, stop retry, start retry suspended 2, fail pending, channels suspended, announce suspended"],
  ["connecting expired", "failed too often", "suspended", "drop, stop retry, start retry suspended 2, fail pending, channels suspended, announce suspended"],
  ["connecting expired", "token DISCONNECTED", "connecting", "drop, attempt resume"],
  ["connecting expired", "token ERROR", "connecting", "drop, attempt resume"],
  ["connecting expired", "token too often", "connecting", "drop, attempt resume"],
  ["connecting expired", "fixed token DISCONNECTED", "failed", FAILS],
  ["connecting expired", "fixed token ERROR", "failed", FAILS],
  ["connecting expired", "key DISCONNECTED", "suspended", "drop, stop retry, start retry suspended 2, fail pending, channels suspended, announce suspended"],
  ["connecting expired", "key ERROR", "failed", FAILS],
  ["connecting expired", "closed", "suspended", "drop, stop retry, start retry suspended 2, fail pending, channels suspended, announce suspended"],
  ["connecting expired", "due retry", UNCHANGED, ""],
  ["connecting expired", "due suspend", "connecting", ""],
  ["connecting expired", "due close", UNCHANGED, ""],
  ["connecting expired", "moved", "connecting", "drop, attempt resume"],

  // connecting halted
  ["connecting halted", "connect", UNCHANGED, ""],
  ["connecting halted", "close", "closing", "stop suspend, start close, announce closing, then due close"],
  ["connecting halted", "authorizing", UNCHANGED, ""],
  ["connecting halted", "reauthorized", "connecting", "drop, attempt resume"],
  ["connecting halted", "unauthorized", "failed", FAILS],
  ["connecting halted", "unauthorized for now", "disconnected", "drop, start retry disconnected 2, fail unless queueing, announce disconnected"],
  ["connecting halted", "opened anew", "connected", "stop suspend, channels connected, flush renumbered, announce connected"],
  ["connecting halted", "opened resumed", "connected", "stop suspend, channels connected, flush same, announce connected"],
  ["connecting halted", "updated", UNCHANGED, ""],
  ["connecting halted", "failed transient", "disconnected", "drop, start retry disconnected 2, fail unless queueing, announce disconnected"],
  ["connecting halted", "failed fatal", "failed", FAILS],
  ["connecting halted", "failed at host", "disconnected", "drop, start retry disconnected 2, fail unless queueing, announce disconnected"],
  ["connecting halted", "failed too often", "disconnected", "drop, start retry disconnected 2, fail unless queueing, announce disconnected"],
  ["connecting halted", "token DISCONNECTED", "connecting", "drop, attempt resume"],
  ["connecting halted", "token ERROR", "connecting", "drop, attempt resume"],
  ["connecting halted", "token too often", "connecting", "drop, attempt resume"],
  ["connecting halted", "fixed token DISCONNECTED", "failed", FAILS],
  ["connecting halted", "fixed token ERROR", "failed", FAILS],
  ["connecting halted", "key DISCONNECTED", "disconnected", "drop, start retry disconnected 2, fail unless queueing, announce disconnected"],
  ["connecting halted", "key ERROR", "failed", FAILS],
  ["connecting halted", "closed", "disconnected", "drop, start retry disconnected 2, fail unless queueing, announce disconnected"],
  ["connecting halted", "due retry", UNCHANGED, ""],
  ["connecting halted", "due suspend", "connecting", ""],
  ["connecting halted", "due close", UNCHANGED, ""],
  ["connecting halted", "moved", "connecting", "drop, stop suspend, start suspend, attempt resume"],

  // connected
  ["connected", "connect", UNCHANGED, ""],
  ["connected", "close", "closing", "sendClose, start close, channels offline, announce closing"],
  ["connected", "authorizing", UNCHANGED, ""],
  ["connected", "reauthorized", UNCHANGED, ""],
  ["connected", "unauthorized", "failed", FAILS],
  ["connected", "unauthorized for now", UNCHANGED, ""],
  ["connected", "opened anew", UNCHANGED, ""],
  ["connected", "opened resumed", UNCHANGED, ""],
  ["connected", "updated", "connected", "announce update"],
  ["connected", "failed transient", "disconnected", "drop, channels offline, announce disconnected in 0, then due retry"],
  ["connected", "failed fatal", "failed", FAILS],
  ["connected", "failed at host", "disconnected", "drop, channels offline, announce disconnected in 0, then due retry"],
  ["connected", "failed too often", "disconnected", "channels offline, drop, start retry disconnected 1, start suspend, fail unless queueing, announce disconnected"],
  ["connected", "token DISCONNECTED", "disconnected", "drop, channels offline, announce disconnected in 0, then due retry"],
  ["connected", "token ERROR", "disconnected", "drop, channels offline, announce disconnected in 0, then due retry"],
  ["connected", "token too often", "disconnected", "channels offline, drop, start retry disconnected 1, start suspend, fail unless queueing, announce disconnected"],
  ["connected", "fixed token DISCONNECTED", "failed", FAILS],
  ["connected", "fixed token ERROR", "failed", FAILS],
  ["connected", "key DISCONNECTED", "disconnected", "drop, channels offline, announce disconnected in 0, then due retry"],
  ["connected", "key ERROR", "failed", FAILS],
  ["connected", "closed", "disconnected", "drop, channels offline, announce disconnected in 0, then due retry"],
  ["connected", "due retry", UNCHANGED, ""],
  ["connected", "due suspend", UNCHANGED, ""],
  ["connected", "due close", UNCHANGED, ""],
  ["connected", "moved", "disconnected", "drop, channels offline, announce disconnected in 0, then due retry"],

  // disconnected
  ["disconnected", "connect", "connecting", "stop retry, announce connecting, attempt resume"],
  ["disconnected", "close", "closed", CLOSES],
  ["disconnected", "authorizing", UNCHANGED, ""],
  ["disconnected", "reauthorized", "connecting", "stop retry, announce connecting, attempt resume"],
  ["disconnected", "unauthorized", "failed", FAILS],
  ["disconnected", "unauthorized for now", UNCHANGED, ""],
  ["disconnected", "opened anew", UNCHANGED, ""],
  ["disconnected", "opened resumed", UNCHANGED, ""],
  ["disconnected", "updated", UNCHANGED, ""],
  ["disconnected", "failed transient", UNCHANGED, ""],
  ["disconnected", "failed fatal", UNCHANGED, ""],
  ["disconnected", "failed at host", UNCHANGED, ""],
  ["disconnected", "failed too often", UNCHANGED, ""],
  ["disconnected", "token DISCONNECTED", UNCHANGED, ""],
  ["disconnected", "token ERROR", UNCHANGED, ""],
  ["disconnected", "token too often", UNCHANGED, ""],
  ["disconnected", "fixed token DISCONNECTED", UNCHANGED, ""],
  ["disconnected", "fixed token ERROR", UNCHANGED, ""],
  ["disconnected", "key DISCONNECTED", UNCHANGED, ""],
  ["disconnected", "key ERROR", UNCHANGED, ""],
  ["disconnected", "closed", UNCHANGED, ""],
  ["disconnected", "due retry", "connecting", "stop retry, announce connecting, attempt resume"],
  ["disconnected", "due suspend", "suspended", "drop, stop retry, start retry suspended 1, fail pending, channels suspended, announce suspended"],
  ["disconnected", "due close", UNCHANGED, ""],
  ["disconnected", "moved", "connecting", "stop retry, stop suspend, start suspend, announce connecting, attempt resume"],

  // disconnected after a loss
  ["disconnected after a loss", "connect", "connecting", "stop retry, announce connecting, attempt resume at fallback"],
  ["disconnected after a loss", "close", "closed", CLOSES],
  ["disconnected after a loss", "authorizing", "connecting", "announce connecting"],
  ["disconnected after a loss", "reauthorized", "connecting", "stop retry, announce connecting, attempt resume at fallback"],
  ["disconnected after a loss", "unauthorized", "failed", FAILS],
  ["disconnected after a loss", "unauthorized for now", UNCHANGED, ""],
  ["disconnected after a loss", "opened anew", UNCHANGED, ""],
  ["disconnected after a loss", "opened resumed", UNCHANGED, ""],
  ["disconnected after a loss", "updated", UNCHANGED, ""],
  ["disconnected after a loss", "failed transient", UNCHANGED, ""],
  ["disconnected after a loss", "failed fatal", UNCHANGED, ""],
  ["disconnected after a loss", "failed at host", UNCHANGED, ""],
  ["disconnected after a loss", "failed too often", UNCHANGED, ""],
  ["disconnected after a loss", "token DISCONNECTED", UNCHANGED, ""],
  ["disconnected after a loss", "token ERROR", UNCHANGED, ""],
  ["disconnected after a loss", "token too often", UNCHANGED, ""],
  ["disconnected after a loss", "fixed token DISCONNECTED", UNCHANGED, ""],
  ["disconnected after a loss", "fixed token ERROR", UNCHANGED, ""],
  ["disconnected after a loss", "key DISCONNECTED", UNCHANGED, ""],
  ["disconnected after a loss", "key ERROR", UNCHANGED, ""],
  ["disconnected after a loss", "closed", UNCHANGED, ""],
  ["disconnected after a loss", "due retry", "connecting", "stop retry, announce connecting, attempt resume at fallback"],
  ["disconnected after a loss", "due suspend", "suspended", "drop, stop retry, start retry suspended 0, fail pending, channels suspended, announce suspended"],
  ["disconnected after a loss", "due close", UNCHANGED, ""],
  ["disconnected after a loss", "moved", "connecting", "stop retry, announce connecting, attempt resume at fallback"],

  // suspended
  ["suspended", "connect", "connecting", "stop retry, announce connecting, attempt resume"],
  ["suspended", "close", "closed", CLOSES],
  ["suspended", "authorizing", UNCHANGED, ""],
  ["suspended", "reauthorized", "connecting", "stop retry, announce connecting, attempt resume"],
  ["suspended", "unauthorized", "failed", FAILS],
  ["suspended", "unauthorized for now", UNCHANGED, ""],
  ["suspended", "opened anew", UNCHANGED, ""],
  ["suspended", "opened resumed", UNCHANGED, ""],
  ["suspended", "updated", UNCHANGED, ""],
  ["suspended", "failed transient", UNCHANGED, ""],
  ["suspended", "failed fatal", UNCHANGED, ""],
  ["suspended", "failed at host", UNCHANGED, ""],
  ["suspended", "failed too often", UNCHANGED, ""],
  ["suspended", "token DISCONNECTED", UNCHANGED, ""],
  ["suspended", "token ERROR", UNCHANGED, ""],
  ["suspended", "token too often", UNCHANGED, ""],
  ["suspended", "fixed token DISCONNECTED", UNCHANGED, ""],
  ["suspended", "fixed token ERROR", UNCHANGED, ""],
  ["suspended", "key DISCONNECTED", UNCHANGED, ""],
  ["suspended", "key ERROR", UNCHANGED, ""],
  ["suspended", "closed", UNCHANGED, ""],
  ["suspended", "due retry", "connecting", "stop retry, announce connecting, attempt resume"],
  ["suspended", "due suspend", UNCHANGED, ""],
  ["suspended", "due close", UNCHANGED, ""],
  ["suspended", "moved", "connecting", "stop retry, announce connecting, attempt resume"],

  // closing
  ["closing", "connect", "connecting", "stop close, drop, fail pending, channels closed, channels reset, startOver, announce connecting, attempt"],
  ["closing", "close", UNCHANGED, ""],
  ["closing", "authorizing", UNCHANGED, ""],
  ["closing", "reauthorized", "connecting", "stop close, drop, fail pending, channels closed, channels reset, startOver, announce connecting, attempt"],
  ["closing", "unauthorized", UNCHANGED, ""],
  ["closing", "unauthorized for now", UNCHANGED, ""],
  ["closing", "opened anew", UNCHANGED, "sendClose, start close"],
  ["closing", "opened resumed", UNCHANGED, "sendClose, start close"],
  ["closing", "updated", UNCHANGED, ""],
  ["closing", "failed transient", "closed", CLOSES],
  ["closing", "failed fatal", "closed", CLOSES],
  ["closing", "failed at host", "closed", CLOSES],
  ["closing", "failed too often", "closed", CLOSES],
  ["closing", "token DISCONNECTED", "closed", CLOSES],
  ["closing", "token ERROR", "closed", CLOSES],
  ["closing", "token too often", "closed", CLOSES],
  ["closing", "fixed token DISCONNECTED", "closed", CLOSES],
  ["closing", "fixed token ERROR", "closed", CLOSES],
  ["closing", "key DISCONNECTED", "closed", CLOSES],
  ["closing", "key ERROR", "closed", CLOSES],
  ["closing", "closed", "closed", CLOSES],
  ["closing", "due retry", UNCHANGED, ""],
  ["closing", "due suspend", UNCHANGED, ""],
  ["closing", "due close", "closed", CLOSES],
  ["closing", "moved", "closed", CLOSES],

  // closed
  ["closed", "connect", "connecting", "channels reset, startOver, announce connecting, attempt"],
  ["closed", "close", UNCHANGED, ""],
  ["closed", "authorizing", UNCHANGED, ""],
  ["closed", "reauthorized", "connecting", "channels reset, startOver, announce connecting, attempt"],
  ["closed", "unauthorized", "failed", FAILS],
  ["closed", "unauthorized for now", UNCHANGED, ""],
  ["closed", "opened anew", UNCHANGED, ""],
  ["closed", "opened resumed", UNCHANGED, ""],
  ["closed", "updated", UNCHANGED, ""],
  ["closed", "failed transient", UNCHANGED, ""],
  ["closed", "failed fatal", UNCHANGED, ""],
  ["closed", "failed at host", UNCHANGED, ""],
  ["closed", "failed too often", UNCHANGED, ""],
  ["closed", "token DISCONNECTED", UNCHANGED, ""],
  ["closed", "token ERROR", UNCHANGED, ""],
  ["closed", "token too often", UNCHANGED, ""],
  ["closed", "fixed token DISCONNECTED", UNCHANGED, ""],
  ["closed", "fixed token ERROR", UNCHANGED, ""],
  ["closed", "key DISCONNECTED", UNCHANGED, ""],
  ["closed", "key ERROR", UNCHANGED, ""],
  ["closed", "closed", UNCHANGED, ""],
  ["closed", "due retry", UNCHANGED, ""],
  ["closed", "due suspend", UNCHANGED, ""],
  ["closed", "due close", UNCHANGED, ""],
  ["closed", "moved", UNCHANGED, ""],

  // failed
  ["failed", "connect", "connecting", "channels reset, startOver, announce connecting, attempt"],
  ["failed", "close", UNCHANGED, ""],
  ["failed", "authorizing", UNCHANGED, ""],
  ["failed", "reauthorized", "connecting", "channels reset, startOver, announce connecting, attempt"],
  ["failed", "unauthorized", UNCHANGED, ""],
  ["failed", "unauthorized for now", UNCHANGED, ""],
  ["failed", "opened anew", UNCHANGED, ""],
  ["failed", "opened resumed", UNCHANGED, ""],
  ["failed", "updated", UNCHANGED, ""],
  ["failed", "failed transient", UNCHANGED, ""],
  ["failed", "failed fatal", UNCHANGED, ""],
  ["failed", "failed at host", UNCHANGED, ""],
  ["failed", "failed too often", UNCHANGED, ""],
  ["failed", "token DISCONNECTED", UNCHANGED, ""],
  ["failed", "token ERROR", UNCHANGED, ""],
  ["failed", "token too often", UNCHANGED, ""],
  ["failed", "fixed token DISCONNECTED", UNCHANGED, ""],
  ["failed", "fixed token ERROR", UNCHANGED, ""],
  ["failed", "key DISCONNECTED", UNCHANGED, ""],
  ["failed", "key ERROR", UNCHANGED, ""],
  ["failed", "closed", UNCHANGED, ""],
  ["failed", "due retry", UNCHANGED, ""],
  ["failed", "due suspend", UNCHANGED, ""],
  ["failed", "due close", UNCHANGED, ""],
  ["failed", "moved", UNCHANGED, ""],
];

/** The effects of a transition, with the data of the new state that they depend on. */
function textsOf([after, effects]: ConnectionTransition): string[] {
  return effects.map((effect) => textOf(effect, after));
}

function textOf(effect: ConnectionEffect, after: ConnectionStatus): string {
  switch (effect.do) {
    case "attempt": {
      const resumes = "session" in after && after.session !== null;
      return `attempt${resumes ? " resume" : ""}${effect.skipPrimary ? " at fallback" : ""}`;
    }
    case "start":
      return effect.timer === "retry" && "outage" in after
        ? `start retry ${after.name} ${after.outage.retries}`
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
      return `announce ${effect.event}` +
        (effect.retryIn === undefined ? "" : ` in ${effect.retryIn}`);
    case "dispatch":
      return `then ${Object.values(effect.input).join(" ")}`;
    default:
      return effect.do;
  }
}

for (const [state, event, next, effects] of TABLE) {
  test(`RTN27: ${state}, ${event}`, () => {
    const before = STATES[state];
    const result = transition(before, EVENTS[event]);
    const [after] = result;
    if (next === UNCHANGED) assert(after === before, `became ${after.name}`);
    else assertEquals(after.name, next);
    assertEquals(textsOf(result).join(", "), effects);
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
    const result = transition(status, input);
    status = result[0];
    started.push(...textsOf(result).filter((text) => text.startsWith("start")));
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
  const lost = EVENTS["failed transient"];
  assertEquals(reasonOf("connecting expired", { ...lost, fromService: true }), reason);
  assertEquals(reasonOf("connecting expired", lost)?.code, 80002);
  assertEquals(reasonOf("disconnected", EVENTS["due suspend"])?.cause, reason);
  assertEquals(reasonOf("closing", { ...lost, fromService: true }), reason);
  assertEquals(reasonOf("closing", lost), undefined);
  assertEquals(reasonOf("connected", { ...lost, fromService: true }), reason);
});

test("RSA4a2, RTN15h1: a refused token without a replacement is reported as the cause", () => {
  for (const state of ["connecting", "connecting renewed", "connected"] as const) {
    const [after, effects] = transition(STATES[state], EVENTS["fixed token DISCONNECTED"]);
    const announced = effects.find((effect) => effect.do === "announce")?.reason;
    assertEquals([after.name, announced?.code, announced?.cause], ["failed", 40171, reason]);
  }
});

test("RTN14b, RTN15h2: one new token is requested for each refused connection, then the retry timer decides", () => {
  let status: ConnectionStatus = STATES.connected;
  const names: string[] = [];
  for (
    const input of [
      EVENTS["token DISCONNECTED"],
      EVENTS["due retry"],
      EVENTS["token DISCONNECTED"],
      EVENTS["due retry"],
      ...Array<ConnectionInput>(2).fill(EVENTS["token ERROR"]),
    ]
  ) {
    const [next, effects] = transition(status, input);
    status = next;
    names.push(`${next.name}${effects.some((one) => one.do === "attempt") ? " attempt" : ""}`);
  }
  const attempt = "connecting attempt";
  assertEquals(names, ["disconnected", attempt, "disconnected", attempt, attempt, "disconnected"]);
});

test("RTB1a: a connection that comes about ends the count of retries", () => {
  const [connected] = transition(STATES["connecting again"], EVENTS["opened resumed"]);
  const [disconnected] = transition(connected, EVENTS["failed transient"]);
  const [connecting] = transition(disconnected, EVENTS["due retry"]);
  const texts = textsOf(transition(connecting, EVENTS["failed transient"]));
  assert(texts.includes("start retry disconnected 1"), texts.join());
});

test("RTN15c6, RTN15c7: the connection id says whether serials still count; without one, the error", () => {
  const flushOf = (state: State, session: Session, error?: ErrorInfo) => {
    const texts = textsOf(transition(STATES[state], { type: "opened", session, error }));
    return texts.find((text) => text.startsWith("flush"));
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
    else if (input.type === "failed") this.linked = false;
    if (input.type === "due") this.timers.delete(input.timer);
    const [after, effects] = transition(before, input);
    this.status = after;
    for (const effect of effects) this.#perform(effect);
    this.steps++;
    const next = effects.find((one) => one.do === "dispatch")?.input;
    if (next) this.happen(next);
    else this.#check(before.name, input, effects);
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
    if (name === "closing") assert(this.attempting !== this.linked, `${where}: nothing to close`);
    else assertEquals(this.attempting, name === "connecting" && !this.#isHalted, where); // RTC8b
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

  get #isHalted(): boolean {
    return this.status.name === "connecting" && this.status.isHalted;
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
    { ...EVENTS["failed transient"], tryOtherHosts: draw(4) === 0, lostTooOften: draw(9) === 0 },
    EVENTS["token DISCONNECTED"],
    EVENTS["token ERROR"],
    EVENTS["key DISCONNECTED"],
    ...(draw(20) === 0
      ? [EVENTS["failed fatal"], EVENTS["fixed token DISCONNECTED"], EVENTS["key ERROR"]]
      : []),
  ];
  return [
    { type: "connect" },
    ...(draw(4) === 0 ? [{ type: "close" } as const] : []),
    ...(draw(4) === 0 ? [{ type: "authorizing" } as const] : []),
    ...(draw(4) === 0 ? [{ type: "reauthorized" } as const] : []),
    ...(draw(4) === 0 ? [EVENTS["unauthorized for now"]] : []),
    ...(draw(50) === 0 ? [EVENTS.unauthorized] : []),
    ...(draw(20) === 0 ? [{ type: "moved", reason } as const] : []),
    ...(world.attempting ? [{ type: "opened", session, error } as const, ...failures] : []),
    ...(world.linked
      ? [{ type: "updated", session, error } as const, EVENTS.closed, ...failures]
      : []),
    ...[...world.timers].map((timer) => ({ type: "due", timer } as const)),
  ];
}
