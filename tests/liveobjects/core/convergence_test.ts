import { compact } from "../../../src/liveobjects/core/compact.ts";
import { LiveObject } from "../../../src/liveobjects/core/live_object.ts";
import { MapObject } from "../../../src/liveobjects/core/map_object.ts";
import { assertEquals, test } from "../../harness.ts";
import { seeded } from "../../support/seeded.ts";
import {
  clear,
  CoreRig,
  createCounter,
  createMap,
  increment,
  mapState,
  operation,
  remove,
  set,
  type Wire,
} from "./core_rig.ts";

type Random = (limit: number) => number;

const SITES = ["a", "b", "c"];
const KEYS = ["k0", "k1", "k2", "k3"];

/** Operations from three sites; the serials of each site grow, and all are different. */
function history(random: Random, length: number): Wire[] {
  return Array.from({ length }, (_, index) => {
    const site = SITES[random(SITES.length)]!;
    const serial = `${site}:${String(index).padStart(4, "0")}${site}`;
    const key = KEYS[random(KEYS.length)]!;
    const map = ["root", "map:1", "map:2"][random(3)]!;
    switch (random(8)) {
      case 0:
        return remove(serial, key, map, { serialTimestamp: index });
      case 1:
        return increment(serial, random(16) / 4 - 2);
      case 2:
        return set(
          serial,
          key,
          { objectId: ["map:1", "map:2", "counter:1", "root"][random(4)] },
          map,
        );
      case 3:
        return random(3) > 0 ? increment(serial, random(5)) : clear(serial);
      default:
        return set(serial, key, { number: index }, map);
    }
  });
}

/** The same operations in an order that keeps that of each site. */
function shuffled(operations: readonly Wire[], random: Random): Wire[] {
  const queues = SITES.map((site) => operations.filter(({ siteCode }) => siteCode === site));
  const result: Wire[] = [];
  while (queues.some(({ length }) => length > 0)) {
    const next = queues[random(queues.length)]!.shift();
    if (next) result.push(next);
  }
  return result;
}

const BASE = [mapState("root", {}, { siteTimeserials: {} })];

function contents(rig: CoreRig): unknown {
  const objects = [...rig.core.pool].sort((one, other) => one.objectId < other.objectId ? -1 : 1);
  return objects.map((object) => [
    object.objectId,
    compact(object, true),
    object instanceof MapObject && [...object.data].sort(),
    [...object.parents()].sort(),
    SITES.map((site) => object.siteSerial(site)),
  ]);
}

test("RTLM9, RTLC9, RTLO4a: operations of several sites commute", () => {
  const random = seeded(11);
  for (let round = 0; round < 300; round++) {
    const operations = history(random, 30);
    const one = new CoreRig().synced(...BASE);
    const other = new CoreRig().synced(...BASE);
    one.receive(...operations);
    other.receive(...shuffled(operations, random));
    assertEquals(shown(one), shown(other), `round ${round}`);
  }
});

test("RTLO4a6: an operation that comes again changes nothing", () => {
  const random = seeded(12);
  for (let round = 0; round < 200; round++) {
    const operations = history(random, 20);
    const once = new CoreRig().synced(...BASE);
    const often = new CoreRig().synced(...BASE);
    once.receive(...operations);
    operations.forEach((operation, index) => {
      often.receive(operation, ...operations.slice(0, random(index + 2)));
    });
    assertEquals(contents(often), contents(once), `round ${round}`);
  }
});

test("RTLM9: of all that is done to a key the greatest serial wins, and counters are sums", () => {
  const random = seeded(13);
  for (let round = 0; round < 300; round++) {
    const model = new Map<string, { serial: string; value: unknown }>();
    let sum = 0;
    const operations = Array.from({ length: 40 }, (_, index) => {
      const site = SITES[random(3)]!;
      const text = `${String(random(1_000)).padStart(4, "0")}${index}${site}`;
      const key = KEYS[random(4)]!;
      if (random(3) === 0) return increment(`${site}:${text}`, random(9) / 2 - 2);
      return random(4) === 0
        ? remove(`${site}:${text}`, key)
        : set(`${site}:${text}`, key, { number: index });
    });
    const bySite = SITES.flatMap((site) =>
      operations.filter(({ siteCode }) => siteCode === site)
        .sort((one, other) => one.serial as string < (other.serial as string) ? -1 : 1)
    );
    for (const { serial, operation: given } of bySite as { serial: string; operation: Wire }[]) {
      const { mapSet, mapRemove, counterInc } = given as Record<string, Wire>;
      if (counterInc) sum += counterInc.number as number;
      const key = (mapSet ?? mapRemove)?.key as string | undefined;
      if (key === undefined || (model.get(key)?.serial ?? "") >= serial) continue;
      model.set(key, { serial, value: (mapSet?.value as Wire | undefined)?.number });
    }
    const rig = new CoreRig().synced(...BASE);
    rig.receive(...shuffled(bySite, random));
    const expected = [...model].filter(([, { value }]) => value !== undefined)
      .map(([key, { value }]) => [key, value]);
    assertEquals(rig.tree, Object.fromEntries(expected) as unknown, `round ${round}`);
    if (rig.core.pool.get("counter:1")) assertEquals(rig.counter("counter:1").count, sum);
  }
});

/** The state of the service after operations, as a sync tells it. */
function statesOf(rig: CoreRig): Wire[] {
  return [...rig.core.pool].map((object) => {
    const serials = SITES.map((site) => [site, object.siteSerial(site)]);
    const siteTimeserials = Object.fromEntries(serials.filter(([, serial]) => serial !== ""));
    const { objectId } = object;
    if (!(object instanceof MapObject)) {
      return { objectId, siteTimeserials, counter: { count: compact(object, true) } };
    }
    const entries = [...object.data].map(([key, { value, timeserial, tombstonedAt }]) => [key, {
      timeserial,
      ...(tombstonedAt === undefined
        ? { data: typeof value === "number" ? { number: value } : value }
        : { tombstone: true, serialTimestamp: tombstonedAt }),
    }]);
    const { clearTimeserial } = object;
    const map = { clearTimeserial, entries: Object.fromEntries(entries) };
    return { objectId, siteTimeserials, map };
  });
}

test("RTO5, RTO7, RTO8a, RTO5c6: a sync in parts, with operations before, between and after them, ends in the same state", () => {
  const random = seeded(14);
  for (let round = 0; round < 300; round++) {
    const operations = history(random, 30);
    const service = new CoreRig().synced(...BASE);
    const client = new CoreRig().synced(...BASE);
    const cut = random(30);
    service.receive(...operations.slice(0, cut));
    client.receive(...operations.slice(0, random(cut + 1)));
    client.core.attached(true);
    const pages = statesOf(service).flatMap(inParts);
    // The sync tells a state; the operations around it may be from before that state or from after it.
    let told = Math.max(0, cut - random(5));
    pages.forEach((page, index) => {
      const next = Math.min(30, told + random(4));
      client.receive(...operations.slice(told, next));
      told = next;
      client.sync(`s:${index + 1 < pages.length ? index + 1 : ""}`, page);
    });
    if (told < cut) told = cut;
    client.receive(...operations.slice(told));
    service.receive(...operations.slice(cut));
    assertEquals(shown(client), shown(service), `round ${round}`);
  }
});

function inParts(state: Wire): Wire[] {
  const map = state.map as { entries: Wire } | undefined;
  const entries = Object.entries(map?.entries ?? {});
  if (!map || entries.length < 2) return [state];
  return entries.map(([key, entry]) => ({ ...state, map: { ...map, entries: { [key]: entry } } }));
}

test("RTO20, RTLC7c, RTO9a3: own operations, whichever of ACK and echo comes first or is lost in a sync", () => {
  const random = seeded(15);
  for (let round = 0; round < 300; round++) {
    const operations = history(random, 30);
    const service = new CoreRig().synced(...BASE);
    const client = new CoreRig().synced(...BASE);
    const unacknowledged: Wire[] = [];
    for (const next of operations) {
      service.receive(next);
      const isOwn = next.siteCode === "a" && random(2) === 0;
      if (isOwn && random(2) === 0) {
        client.acknowledge(next);
        client.receive(next);
      } else {
        client.receive(next);
        if (isOwn) unacknowledged.push(next);
      }
      if (random(3) === 0) client.acknowledge(...unacknowledged.splice(0));
      if (random(10) === 0) {
        client.core.attached(true);
        client.sync("s:", ...statesOf(service));
      }
    }
    client.acknowledge(...unacknowledged);
    assertEquals(shown(client), shown(service), `round ${round}`);
  }
});

test("RTLM16, RTLC8: a creation and the operations that overtook it commute", () => {
  const creations = [
    createMap("a:1", { k0: { timeserial: "1", data: { number: 1 } } }),
    createCounter("a:1", 10),
  ];
  const later = [
    set("b:2", "k0", { number: 2 }, "map:1"),
    increment("b:2", 5),
    operation("c:3", {
      action: 1,
      objectId: "root",
      mapSet: { key: "m", value: { objectId: "map:1" } },
    }),
  ];
  for (const order of [[...creations, ...later], [...later, ...creations]]) {
    const rig = new CoreRig().synced(...BASE);
    rig.receive(...order);
    assertEquals([rig.tree, rig.counter("counter:1").count], [{ m: { k0: 2 } }, 15]);
  }
});

/** Every object that the root leads to, with its keys in order: they come in the order of arrival, which is promised nowhere. */
function shown(rig: CoreRig): unknown {
  const found = new Map<string, unknown>();
  const open: LiveObject[] = [rig.root];
  for (let next = open.pop(); next; next = open.pop()) {
    if (found.has(next.objectId)) continue;
    if (!(next instanceof MapObject)) found.set(next.objectId, compact(next, true));
    else {
      const entries = [...next.entries()].sort(([one], [other]) => one < other ? -1 : 1);
      const members = entries.map(([key, value]) => {
        if (!(value instanceof LiveObject)) return [key, value];
        open.push(value);
        return [key, value.objectId];
      });
      found.set(next.objectId, members);
    }
  }
  return [...found].sort(([one], [other]) => one < other ? -1 : 1);
}
