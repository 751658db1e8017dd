import { ServiceCode, serviceError } from "./service_error.ts";

/** The units that statistics are grouped by, shortest first (TS12c). */
export type StatsUnit = "minute" | "hour" | "day" | "month";

/** The statistics of one interval. */
export interface StatsInterval {
  readonly intervalId: string;
  readonly entries: Record<string, number>;
  /** The newest minute of an interval that has not ended yet. */
  readonly inProgress?: string;
}

/** The length of the interval id `yyyy-mm-dd:hh:mm` that each unit keeps. */
const ID_LENGTH: Readonly<Record<StatsUnit, number>> = { minute: 16, hour: 13, day: 10, month: 7 };
const ID_SHAPE = /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?::(\d\d)(?::(\d\d))?)?)?)?$/;
const MAX_MINUTES = 100_000;

/** The statistics of an app, minute by minute. */
export class StatsStore {
  readonly #now: () => number;
  readonly #minutes = new Map<string, Record<string, number>>();
  #current: Record<string, number> = {};
  #currentId = "";
  #currentEnd = 0;

  /** @param now Returns the milliseconds since the Unix epoch. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Adds to a counter. */
  add(name: string, amount = 1): void {
    const entries = this.#minute();
    entries[name] = (entries[name] ?? 0) + amount;
  }

  /** Raises a peak to the current value. */
  peak(name: string, value: number): void {
    const entries = this.#minute();
    entries[name] = Math.max(entries[name] ?? 0, value);
  }

  /** Counts received or sent messages. */
  messages(
    direction: "inbound" | "outbound",
    transport: "realtime" | "rest",
    { count, data }: { count: number; data: number },
  ): void {
    addMessages(this.#minute(), `${direction}.${transport}`, { count, data });
  }

  /** Counts a request. */
  request(kind: "other" | "tokenRequests", succeeded: boolean): void {
    const outcome = succeeded ? "succeeded" : "failed";
    this.add(`apiRequests.${kind}.${outcome}`);
    this.add(`apiRequests.all.${outcome}`);
  }

  /**
   * Adds records that a test injects.
   *
   * @throws {ErrorInfo} 40000 if they cannot be read.
   */
  inject(records: unknown): void {
    if (!Array.isArray(records)) throw malformedStats();
    for (const record of records) {
      const id: unknown = record?.intervalId;
      if (typeof id !== "string" || !ID_SHAPE.test(id) || id.length !== 16) throw malformedStats();
      const entries = this.#minutes.get(id) ?? {};
      this.#minutes.set(id, entries);
      addFixture(entries, record);
    }
  }

  /** The intervals that have data and begin from `start` to `end`, oldest first. */
  intervals(unit: StatsUnit, start = -Infinity, end = Infinity): StatsInterval[] {
    const length = ID_LENGTH[unit];
    const now = minuteId(this.#now());
    const first = beginOf(start, length);
    const groups = new Map<string, Record<string, number>>();
    for (const [id, entries] of [...this.#minutes].sort(([a], [b]) => a < b ? -1 : 1)) {
      const group = id.slice(0, length);
      const begin = intervalTime(group)!;
      if (begin < first || begin > end) continue;
      groups.set(group, merge(groups.get(group) ?? {}, entries));
    }
    return [...groups].map(([intervalId, entries]) => ({
      intervalId,
      entries: Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== 0)),
      ...(now.startsWith(intervalId) && { inProgress: now }),
    }));
  }

  #minute(): Record<string, number> {
    const now = this.#now();
    if (now < this.#currentEnd) return this.#current;
    this.#currentEnd = (Math.floor(now / 60_000) + 1) * 60_000;
    this.#currentId = minuteId(now);
    this.#current = this.#minutes.get(this.#currentId) ?? {};
    this.#minutes.set(this.#currentId, this.#current);
    if (this.#minutes.size > MAX_MINUTES) this.#minutes.delete(this.#minutes.keys().next().value!);
    return this.#current;
  }
}

/** The start of an interval, in milliseconds since the Unix epoch. The text is an interval id of any unit, or a time. */
export function intervalTime(text: string): number | undefined {
  const match = ID_SHAPE.exec(text);
  if (match === null) return /^\d+$/.test(text) ? Number(text) : undefined;
  const [, year, month = "1", day = "1", hour = "0", minute = "0"] = match;
  return Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute));
}

/** At this time, years begin to have five digits. */
const MAX_TIME = Date.UTC(10_000, 0);

/** The start of the interval that contains a time. */
function beginOf(time: number, idLength: number): number {
  const known = time >= 0 && time < MAX_TIME;
  return known ? intervalTime(minuteId(time).slice(0, idLength))! : time;
}

function minuteId(time: number): string {
  return new Date(time).toISOString().slice(0, 16).replace("T", ":");
}

function merge(
  into: Record<string, number>,
  entries: Readonly<Record<string, number>>,
): Record<string, number> {
  for (const [name, value] of Object.entries(entries)) {
    into[name] = name.endsWith(".peak")
      ? Math.max(into[name] ?? 0, value)
      : (into[name] ?? 0) + value;
  }
  return into;
}

/** The names of the counters by message path. They are kept, because every message needs them. */
const messageCounters = new Map<string, readonly { count: string; data: string }[]>();

function countersOf(path: string): readonly { count: string; data: string }[] {
  let counters = messageCounters.get(path);
  if (counters === undefined) {
    const [direction] = path.split(".");
    counters = [
      `messages.${path}.messages`,
      `messages.${path}.all`,
      `messages.${direction}.all.messages`,
      `messages.${direction}.all.all`,
      "messages.all.messages",
      "messages.all.all",
    ].map((prefix) => ({ count: `${prefix}.count`, data: `${prefix}.data` }));
    messageCounters.set(path, counters);
  }
  return counters;
}

function addMessages(
  entries: Record<string, number>,
  path: string,
  amounts: { count: number; data: number },
): void {
  for (const { count, data } of countersOf(path)) {
    entries[count] = (entries[count] ?? 0) + amounts.count;
    entries[data] = (entries[data] ?? 0) + amounts.data;
  }
}

/** The members of an injected record, and the entries that they become. */
const FIXTURE_ENTRIES: readonly (readonly [string, readonly string[]])[] = [
  ["persisted.presence.count", [
    "messages.persisted.presence.count",
    "messages.persisted.all.count",
  ]],
  ["persisted.presence.data", ["messages.persisted.presence.data", "messages.persisted.all.data"]],
  ["connections.tls.peak", ["connections.all.peak"]],
  ["connections.tls.opened", ["connections.all.opened"]],
  ["channels.peak", ["channels.peak"]],
  ["channels.opened", ["channels.opened"]],
  ["apiRequests.succeeded", ["apiRequests.other.succeeded", "apiRequests.all.succeeded"]],
  ["apiRequests.failed", ["apiRequests.other.failed", "apiRequests.all.failed"]],
  ["tokenRequests.succeeded", ["apiRequests.tokenRequests.succeeded"]],
  ["tokenRequests.failed", ["apiRequests.tokenRequests.failed"]],
];

function addFixture(entries: Record<string, number>, record: unknown): void {
  for (const path of ["inbound.realtime", "outbound.realtime", "inbound.rest", "outbound.rest"]) {
    const count = numberAt(record, `${path}.messages.count`);
    const data = numberAt(record, `${path}.messages.data`);
    if (count !== 0 || data !== 0) addMessages(entries, path, { count, data });
  }
  for (const [path, names] of FIXTURE_ENTRIES) {
    const value = numberAt(record, path);
    if (value !== 0) merge(entries, Object.fromEntries(names.map((name) => [name, value])));
  }
}

function numberAt(record: unknown, path: string): number {
  let value = record;
  for (const part of path.split(".")) {
    value = (value as Record<string, unknown> | undefined)?.[part];
  }
  return typeof value === "number" ? value : 0;
}

function malformedStats(): Error {
  return serviceError(ServiceCode.BadRequest, "The statistics are malformed");
}
