import type { InboundPresenceMessage, PresenceAction } from "../../../mod.ts";
import { memberKeyOf } from "../../../src/messages/presence_message.ts";
import { isNewer, PresenceMap } from "../../../src/realtime/presence/presence_map.ts";
import { assert, assertEquals, test } from "../../harness.ts";

/** An event of a member on a connection of its own. */
function event(
  action: PresenceAction,
  id: string,
  more: Partial<InboundPresenceMessage> = {},
): InboundPresenceMessage {
  const [connectionId] = id.split(":");
  const message = {
    action,
    id,
    clientId: "jim",
    connectionId: connectionId!,
    timestamp: 0,
    ...more,
  };
  return { ...message, memberKey: memberKeyOf(message) };
}

const members = (map: PresenceMap) => map.members.map(({ id, action }) => `${action} ${id}`);
const map = () => new PresenceMap(memberKeyOf);

test("RTP2b2: serials and indices are compared as numbers", () => {
  const newer = (incoming: string, existing: string) =>
    isNewer(event("update", incoming), event("update", existing));
  assert(newer("c:10:0", "c:9:0"));
  assert(!newer("c:9:9", "c:10:0"));
  assert(newer("c:1:10", "c:1:9"));
  assert(!newer("c:1:1", "c:1:1")); // The same is no news.
});

test("RTP2b1: with a synthesized leave the times decide, and a tie is newer", () => {
  const synthesized = (timestamp: number) =>
    event("leave", "service:99:9", { connectionId: "c", timestamp });
  const own = event("enter", "c:5:0", { timestamp: 100 });
  assert(isNewer(synthesized(101), own));
  assert(isNewer(synthesized(100), own)); // RTP2b1a
  assert(!isNewer(synthesized(99), own));
  assert(isNewer(event("enter", "c:1:0", { timestamp: 100 }), synthesized(100)));
  assert(!isNewer(event("enter", "c:100:0", { timestamp: 99 }), synthesized(100)));
  const without = event("leave", "c:1:1", { id: null as unknown as string, timestamp: 100 });
  assert(isNewer(without, own));
});

test("RTP2d2: who enters, updates or is present is stored as present", () => {
  for (const action of ["enter", "update", "present"] as const) {
    const members = map();
    assertEquals(members.apply(event(action, "c:1:0")), true);
    assertEquals(members.members.map(({ action }) => action), ["present"]);
  }
});

test("RTP2a: what is older than what is known is discarded", () => {
  const known = map();
  known.apply(event("enter", "c:5:0", { data: "new" }));
  assertEquals(known.apply(event("update", "c:4:0", { data: "old" })), false);
  assertEquals(known.apply(event("leave", "c:4:1")), false);
  assertEquals(known.members.map(({ data }) => data), ["new"]);
});

test("RTP2h: a leave concerns who is there, and only them", () => {
  const known = map();
  assertEquals(known.apply(event("leave", "c:1:0")), false);
  known.apply(event("enter", "c:1:0"));
  assertEquals(known.apply(event("leave", "d:9:0")), false); // Another connection.
  assertEquals(known.apply(event("leave", "c:9:0", { clientId: "joe" })), false);
  assertEquals(known.apply(event("leave", "c:2:0")), true);
  assertEquals(known.members, []);
});

test("RTP2h2: who leaves during a sync is absent, so that an old sync entry does not bring them back", () => {
  const known = map();
  known.apply(event("enter", "c:1:0"));
  known.startSync();
  assertEquals(known.apply(event("leave", "c:2:0")), true);
  assertEquals(known.apply(event("leave", "c:2:1")), false); // No news.
  assertEquals(known.members, []);
  assertEquals(known.apply(event("present", "c:1:0")), false); // RTP2c
  assertEquals([known.endSync(5), known.members], [[], []]); // RTP2h2b
  assertEquals(known.apply(event("enter", "c:1:0")), true); // Nothing is left of them.
});

test("RTP2h2a: who was absent may enter again during the sync", () => {
  const known = map();
  known.apply(event("enter", "c:1:0"));
  known.startSync();
  known.apply(event("leave", "c:2:0"));
  assertEquals(known.apply(event("enter", "c:3:0")), true);
  assertEquals(known.endSync(5), []);
  assertEquals(members(known), ["present c:3:0"]);
});

test("RTP19: who a sync does not mention has left, with their own attributes, without id, now", () => {
  const known = map();
  known.apply(event("enter", "c:1:0", { data: "x", extras: { a: 1 }, timestamp: 3 }));
  known.apply(event("enter", "d:1:0"));
  known.apply(event("enter", "e:1:0"));
  known.startSync();
  known.apply(event("present", "d:1:0")); // Known already, and confirmed.
  known.apply(event("update", "e:2:0")); // RTP19: by PRESENCE as well.
  known.apply(event("enter", "f:1:0"));
  const gone = known.endSync(77);
  assertEquals(gone, [{
    ...event("leave", "c:1:0", { data: "x", extras: { a: 1 }, timestamp: 77 }),
    id: null as unknown as string,
  }]);
  assertEquals(members(known), ["present d:1:0", "present e:2:0", "present f:1:0"]);
});

test("RTP18a: a new sync discards the one in progress", () => {
  const known = map();
  known.apply(event("enter", "c:1:0"));
  known.startSync();
  known.apply(event("present", "c:1:0"));
  known.startSync();
  assertEquals(known.endSync(5).map(({ clientId }) => clientId), ["jim"]);
});

test("RTP17h: keyed by clientId alone, the present connection replaces an earlier one", () => {
  const own = new PresenceMap(({ clientId }) => clientId);
  own.apply(event("enter", "old:7:0", { data: "old" }));
  own.apply(event("enter", "new:0:0", { data: "new" })); // A lower serial, but of another connection.
  assertEquals(own.members.map(({ connectionId, data }) => [connectionId, data]), [["new", "new"]]);
  own.apply(event("leave", "new:1:0"));
  assertEquals(own.members, []);
});

test("RSF1: an unknown action changes no member", () => {
  const known = map();
  assertEquals(known.apply(event("unknown", "c:1:0")), false);
  assertEquals(known.members, []);
});

test("RTP18a, RTP19: of many syncs begun one after the other, the last one decides", () => {
  const set = map();
  const keys = Array.from({ length: 5 }, (_, index) => `c${index}`);
  for (const key of keys) set.apply(event("enter", `${key}:0:0`));
  for (let count = 0; count < 1_000; count++) {
    set.startSync();
    if (count === 998) set.apply(event("present", "c1:0:0"));
  }
  set.apply(event("present", "c2:0:0"));
  set.apply(event("leave", "c3:1:0"));
  set.apply(event("enter", "c9:0:0"));
  const gone = set.endSync(5).map(({ connectionId, timestamp }) => `${connectionId} ${timestamp}`);
  assertEquals(gone, ["c0 5", "c1 5", "c4 5"]);
  assertEquals(members(set), ["present c2:0:0", "present c9:0:0"]);
});
