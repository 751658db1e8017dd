/** The changes of state that `docs/architecture.md` draws. */
const CONNECTION: Readonly<Record<string, readonly string[]>> = {
  initialized: ["connecting", "closed"],
  connecting: ["closing", "connected", "disconnected", "suspended"],
  connected: ["closing", "disconnected"],
  disconnected: ["connecting", "closed", "suspended"],
  suspended: ["connecting", "closed"],
  closing: ["connecting", "closed"],
  closed: ["connecting"],
  failed: ["connecting"],
};

const CHANNEL: Readonly<Record<string, readonly string[]>> = {
  initialized: ["attaching"],
  attaching: ["detached", "attached", "suspended"],
  attached: ["detaching", "detached", "attaching", "suspended"],
  detaching: ["detached", "attached"],
  detached: ["attaching", "detaching"],
  suspended: ["attaching", "detached", "attached"],
  failed: ["attaching"],
};

interface Change {
  readonly previous: string;
  readonly current: string;
  readonly event: string;
}

/** The changes of a connection that the diagram does not have, or that do not follow each other. */
export function connectionFaults(changes: readonly Change[]): string[] {
  return faults(changes, CONNECTION, { from: "closing", to: ["failed"] });
}

/** The changes of a channel that the diagram does not have, or that do not follow each other. */
export function channelFaults(changes: readonly Change[]): string[] {
  return faults(changes, CHANNEL, { from: "", to: ["failed", "initialized"] });
}

/** @param anywhere The states that every state leads to, except one. */
function faults(
  changes: readonly Change[],
  diagram: Readonly<Record<string, readonly string[]>>,
  anywhere: { from: string; to: readonly string[] },
): string[] {
  let state = "initialized";
  return changes.flatMap(({ previous, current, event }) => {
    const found: string[] = [];
    if (previous !== state) found.push(`${previous} was left, but the state was ${state}`);
    const isUpdate = event === "update" && previous === current;
    const isDrawn = diagram[previous]?.includes(current) ||
      (anywhere.to.includes(current) && previous !== anywhere.from);
    if (!isUpdate && !isDrawn) found.push(`${previous} led to ${current} (${event})`);
    state = current;
    return found;
  });
}
