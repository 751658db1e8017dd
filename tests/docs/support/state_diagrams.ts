/**
 * The state machines as Mermaid diagrams, drawn by asking the transition functions what happens in every state when
 * anything happens.
 *
 * @module
 */
import { transition as channelTransition } from "../../../src/realtime/channel/channel_state_machine.ts";
import { transition as connectionTransition } from "../../../src/realtime/connection/connection_state_machine.ts";
import { INPUTS, isOnline, STATUSES } from "../../machines/support/channel_machine.ts";
import { EVENTS, STATES } from "../../machines/support/connection_machine.ts";

/** The name of an event in the diagram of the connection. */
const CONNECTION_LABELS: Record<keyof typeof EVENTS, string> = {
  "connect": "connect()",
  "close": "close()",
  "authorizing": "authorize()",
  "reauthorized": "authorize()",
  "unauthorized": "authorize() refused",
  "unauthorized for now": "authorize() failed",
  "opened anew": "CONNECTED",
  "opened resumed": "CONNECTED",
  "updated": "CONNECTED",
  "failed transient": "failure",
  "failed fatal": "fatal error",
  "failed at host": "failure",
  "failed too often": "lost too often",
  "token DISCONNECTED": "token refused",
  "token ERROR": "token refused",
  "token too often": "lost too often",
  "fixed token DISCONNECTED": "fatal error",
  "fixed token ERROR": "fatal error",
  "key DISCONNECTED": "failure",
  "key ERROR": "fatal error",
  "closed": "CLOSED",
  "due retry": "retry timer",
  "due suspend": "suspend timer",
  "due close": "close timer",
  "moved": "moved",
};

/** The data of a state's variant; other variants add nothing that the diagram shows. */
const CONNECTION_NOTES: Partial<Record<keyof typeof STATES, string>> = {
  "connecting renewed": "again",
  "connecting expired": "after the suspend timer",
};

/** The name of an input in the diagram of the channel. */
const CHANNEL_LABELS: Record<keyof typeof INPUTS, string> = {
  "attach": "attach()",
  "attach offline": "attach()",
  "detach": "detach()",
  "detach offline": "detach()",
  "release": "release()",
  "release offline": "release()",
  "recover": "delta lost",
  "recover while closing": "delta lost",
  "negotiate": "setOptions()",
  "negotiate offline": "setOptions()",
  "ATTACHED": "ATTACHED",
  "ATTACHED resumed": "ATTACHED",
  "DETACHED": "DETACHED",
  "DETACHED while closing": "DETACHED",
  "ERROR": "ERROR",
  "connected": "connection connected",
  "connection offline": "connection lost",
  "connection suspended": "connection suspended",
  "connection closed": "connection closed",
  "connection failed": "connection failed",
  "connection reset": "connection opened anew",
  "answer due": "no answer",
  "answer due offline": "no answer",
  "retry due": "retry timer",
};

const CHANNEL_NOTES: Partial<Record<keyof typeof INPUTS, string>> = {
  "detach offline": "offline",
};

/** The connection's state machine, as Mermaid text. */
export function connectionDiagram(): string {
  const edges = new Edges(["authorize() refused"]);
  for (const [state, before] of Object.entries(STATES)) {
    const note = CONNECTION_NOTES[state as keyof typeof STATES];
    for (const [event, input] of Object.entries(EVENTS)) {
      const [after] = connectionTransition(before, input);
      // Only a connection can be lost.
      if (event.endsWith("too often") && before.name !== "connected") continue;
      const label = CONNECTION_LABELS[event as keyof typeof EVENTS];
      edges.add(before.name, after.name, label, note);
    }
  }
  return edges.diagram();
}

/** A channel's state machine, as Mermaid text. */
export function channelDiagram(): string {
  const edges = new Edges(["ERROR", "connection opened anew"]);
  for (const before of Object.values(STATUSES)) {
    for (const [event, input] of Object.entries(INPUTS)) {
      const [after] = channelTransition(before, input, isOnline(event));
      const name = event as keyof typeof INPUTS;
      const then = "then" in before ? `after ${before.then}()` : undefined;
      edges.add(before.name, after.name, CHANNEL_LABELS[name], CHANNEL_NOTES[name] ?? then);
    }
  }
  return edges.diagram();
}

/** A document with its diagrams as they have to be. */
export function withDiagrams(markdown: string): string {
  const diagrams: Record<string, string> = {
    connection: connectionDiagram(),
    channel: channelDiagram(),
  };
  return markdown.replace(
    /^(<!-- diagram: (\w+) -->\n).*?(^<!-- end -->)/gms,
    (_all, start, name, end) => `${start}\n${diagrams[name]}\n${end}`,
  );
}

class Edges {
  /** Labels by the two states, in the order in which they were found. */
  readonly #labels = new Map<string, Set<string>>();
  readonly #states = new Set<string>();
  /** Transitions described in words, because they lead from nearly every state to one: source and target. */
  readonly #told: Map<string, { from: Set<string>; to: string }>;

  /** @param told The labels of arrows that are not drawn. */
  constructor(told: readonly string[]) {
    this.#told = new Map(told.map((label) => [label, { from: new Set(), to: "" }]));
  }

  /** Adds an arrow, unless it leads back to where it begins. */
  add(from: string, to: string, label: string, note?: string): void {
    this.#states.add(from);
    if (from === to) return;
    const told = this.#told.get(label);
    if (told) {
      if (told.to !== "" && told.to !== to) throw new Error(`"${label}" leads to two states`);
      told.to = to;
      told.from.add(from);
      return;
    }
    const arrow = `${from} --> ${to}`;
    const labels = this.#labels.get(arrow) ?? new Set();
    this.#labels.set(arrow, labels);
    // A note is only of interest where the state without it does something else.
    if (note === undefined || !labels.has(label)) {
      labels.add(note === undefined ? label : `${label} ${note}`);
    }
  }

  diagram(): string {
    const arrows = [...this.#labels].map(([arrow, labels]) =>
      `  ${arrow}: ${[...labels].join("<br>")}`
    );
    return [
      ...["```mermaid", "stateDiagram-v2", "  [*] --> initialized", ...arrows, "```", ""],
      "Not drawn:",
      "",
      ...[...this.#told].map(([label, { from, to }]) => this.#sentence(label, from, to)),
      "",
    ].join("\n");
  }

  #sentence(label: string, from: Set<string>, to: string): string {
    const others = [...this.#states].filter((state) => state !== to && !from.has(state));
    const but = others.length === 0
      ? ""
      : ` but ${others.map((state) => `\`${state}\``).join(" and ")}`;
    return `- **${label}** leads from every state${but} to \`${to}\`.`;
  }
}
