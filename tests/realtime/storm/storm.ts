import { Realtime, type RealtimeChannel } from "../../../mod.ts";
import { createService, FakeClock, type LocalService } from "../../../src/testing/mod.ts";
import { seeded } from "../../support/seeded.ts";

/** The size of a storm. */
export interface StormSize {
  /** The seed of the random numbers: the same seed makes the same storm. */
  seed: number;
  clients: number;
  channels: number;
  messages: number;
}

/** The result of a storm. `faults` must be empty. */
export interface StormReport {
  /** The number of messages that the service accepted, and of the deliveries they made. */
  accepted: number;
  delivered: number;
  /** The number of deliberate breakages. */
  breakages: number;
  faults: string[];
}

interface Sailor {
  name: string;
  client: Realtime;
  channels: Map<string, RealtimeChannel>;
  /** The numbers of the messages that arrived, in order, by channel and publisher. */
  seen: Map<string, Map<string, number[]>>;
  /** The number of messages it has published, by channel. */
  sent: Map<string, number>;
}

const KEY = new Uint8Array(32).fill(3);

/**
 * Publishes on many channels from many clients while the service drops, hangs and refuses connections, then looks whether
 * every accepted message reached every subscriber once and in order, every publish settled, and all agree on who is
 * present. Time is faked; nothing waits.
 */
export async function storm(
  { seed, clients, channels, messages }: StormSize,
): Promise<StormReport> {
  const random = seeded(seed);
  const clock = new FakeClock();
  await using service = createService({ clock, logLimit: 0 });
  const faults: string[] = [];
  const sailors = Array.from(
    { length: clients },
    (_, index) => sailor(service, clock, { index, channels, random }),
  );
  const advance = (ms: number) => advanceAll(clock, ms);

  await until(advance, () => sailors.every(isAttached));
  watch(sailors, faults);

  const published: Promise<void>[] = [];
  let accepted = 0;
  let breakages = 0;
  while (published.length < messages) {
    for (let count = random(16); count > 0 && published.length < messages; count--) {
      const from = sailors[random(clients)]!;
      const channel = [...from.channels.keys()][random(from.channels.size)]!;
      const number = (from.sent.get(channel) ?? 0) + 1;
      from.sent.set(channel, number);
      const data = { from: from.name, number };
      published.push(
        from.channels.get(channel)!.publish("numbered", data).then(
          () => void accepted++,
          (error) =>
            void faults.push(
              `${from.name} failed to publish ${number} on ${channel}: ${error.message}`,
            ),
        ),
      );
    }
    if (random(2) === 0) {
      breakSomething(service, sailors[random(clients)]!, random);
      breakages++;
    }
    await advance(random(800));
  }

  service.faults.clear();
  let settled = 0;
  for (const one of published) void one.then(() => settled++);
  // A connection that hangs looks alive until the idle limit.
  for (let second = 0; second < 60; second++) await advance(1_000);
  await until(advance, () => settled === messages && sailors.every(isAttached));
  // The ciphers of the runtime work in real time, which may be slow.
  await until(advance, () => sailors.every((sailor) => hasSeenAll(sailor, sailors)));
  let delivered = 0;
  for (const sailor of sailors) delivered += inspect(sailor, sailors, faults);
  await comparePresence(sailors, advance, faults);

  const closed = sailors.map(({ client }) => client.close());
  await advance(1_000);
  await Promise.all(closed);
  if (accepted !== messages) {
    faults.push(`${messages - accepted} of ${messages} publishes were not accepted`);
  }
  return { accepted, delivered, breakages, faults };
}

function sailor(
  service: LocalService,
  clock: FakeClock,
  { index, channels, random }: {
    index: number;
    channels: number;
    random: (limit: number) => number;
  },
): Sailor {
  const name = `sailor${index}`;
  const client = new Realtime({
    ...service.options(),
    clock,
    clientId: name,
    useBinaryProtocol: index % 2 === 0,
    disconnectedRetryTimeout: 2_000,
    logLevel: "none",
  });
  const sailor: Sailor = { name, client, channels: new Map(), seen: new Map(), sent: new Map() };
  const first = random(channels);
  const count = Math.max(2, Math.floor(channels / 4));
  for (let i = 0; i < count; i++) board(sailor, (first + i) % channels);
  return sailor;
}

/** A third of the channels is plain, a third encrypted, a third sends deltas. */
function board(sailor: Sailor, number: number): void {
  const name = `channel${number}`;
  const options = [{}, { cipher: { key: KEY } }, { params: { delta: "vcdiff" } }][number % 3]!;
  const channel = sailor.client.channels.get(name, options);
  const seen = new Map<string, number[]>();
  sailor.channels.set(name, channel);
  sailor.seen.set(name, seen);
  void channel.subscribe("numbered", ({ data }) => {
    const { from, number } = data as { from: string; number: number };
    const numbers = seen.get(from) ?? [];
    numbers.push(number);
    seen.set(from, numbers);
  }).catch(() => {});
  if (number % 2 === 0) void channel.presence.enter(sailor.name).catch(() => {});
}

/** Continuity must never be lost: what was missed is sent later. */
function watch(sailors: readonly Sailor[], faults: string[]): void {
  for (const { name, client, channels } of sailors) {
    client.connection.on(
      "failed",
      ({ reason }) => faults.push(`${name} failed: ${reason?.message}`),
    );
    for (const channel of channels.values()) {
      channel.on(["attached", "update"], ({ resumed, reason }) => {
        if (!resumed) faults.push(`${name} lost continuity on ${channel.name}: ${reason?.message}`);
      });
    }
  }
}

function breakSomething(
  service: LocalService,
  victim: Sailor,
  random: (limit: number) => number,
): void {
  const connectionId = victim.client.connection.id ?? undefined;
  const once = { times: 1 + random(2) };
  switch (random(8)) {
    case 0:
      return service.faults.drop({ connectionId });
    case 1:
      return service.faults.hang({ connectionId });
    case 2:
      return service.faults.close(1000 + random(2) * 11, { connectionId });
    case 3:
      return service.faults.disconnect({ message: "Go away", code: 80003, statusCode: 400 }, {
        connectionId,
      });
    case 4:
      service.faults.connect({}, { refuse: true }, once);
      return service.faults.drop({ connectionId });
    case 5:
      service.faults.connect({}, { hang: true }, { times: 1 });
      return service.faults.drop({ connectionId });
    case 6:
      service.faults.toClient({ connectionId }, { drop: true }, { times: 1, skip: random(20) });
      return;
    case 7:
      service.faults.fromClient({ connectionId }, { drop: true }, { times: 1, skip: random(20) });
      return;
  }
}

function hasSeenAll({ seen }: Sailor, publishers: readonly Sailor[]): boolean {
  return [...seen].every(([channel, numbers]) =>
    publishers.every(({ name, sent }) =>
      (numbers.get(name)?.length ?? 0) >= (sent.get(channel) ?? 0)
    )
  );
}

/** Each publisher's messages have arrived, from the first to the last, once each. */
function inspect(sailor: Sailor, publishers: readonly Sailor[], faults: string[]): number {
  let delivered = 0;
  for (const [channel, seen] of sailor.seen) {
    for (const { name, sent } of publishers) {
      const numbers = seen.get(name) ?? [];
      const wanted = sent.get(channel) ?? 0;
      delivered += numbers.length;
      if (numbers.length !== wanted || numbers.some((number, index) => number !== index + 1)) {
        faults.push(
          `${sailor.name} on ${channel} saw ${numbers.length} of ${wanted} from ${name}: ${
            describe(numbers)
          }`,
        );
      }
    }
  }
  return delivered;
}

function describe(numbers: readonly number[]): string {
  const wrong = numbers.findIndex((number, index) => number !== index + 1);
  return wrong < 0
    ? "the end is missing"
    : `… ${numbers.slice(Math.max(0, wrong - 2), wrong + 4).join(", ")} …`;
}

async function comparePresence(
  sailors: readonly Sailor[],
  advance: (ms: number) => Promise<void>,
  faults: string[],
): Promise<void> {
  for (const name of new Set(sailors.flatMap(({ channels }) => [...channels.keys()]))) {
    const aboard = sailors.filter(({ channels }) => channels.has(name));
    const wanted = Number(name.slice("channel".length)) % 2 === 0
      ? aboard.map(({ name }) => name).sort().join()
      : "";
    for (const { name: who, channels } of aboard) {
      const asked = channels.get(name)!.presence.get();
      await advance(100);
      const members = (await asked).map(({ clientId }) => clientId).sort().join();
      if (members !== wanted) faults.push(`${who} sees ${members} on ${name}, not ${wanted}`);
    }
  }
}

function isAttached({ channels }: Sailor): boolean {
  return [...channels.values()].every(({ state }) => state === "attached");
}

/** Moves time on, and lets the ciphers of the runtime work, which take no part in faked time. */
async function advanceAll(clock: FakeClock, ms: number): Promise<void> {
  await clock.advance(ms);
  for (let turn = 0; turn < 3; turn++) {
    await crypto.subtle.digest("SHA-256", new Uint8Array(1));
    await clock.advance(0);
  }
}

async function until(
  advance: (ms: number) => Promise<void>,
  reached: () => boolean,
): Promise<void> {
  for (let turn = 0; turn < 600 && !reached(); turn++) await advance(500);
}
