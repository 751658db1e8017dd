// Two users in a space.
import imported, { type CursorUpdate, type Lock, type SpaceMember } from "@ably/spaces";
import * as Ably from "ably";
import { end, Inbox, refusal, say, service, userOptions } from "./support.ts";

// Its CommonJS form has the class one level deeper.
const Spaces = "default" in imported ? imported.default as typeof imported : imported;

const amy = new Ably.Realtime({ ...service, clientId: "amy" });
const bob = new Ably.Realtime(userOptions("bob"));
await Promise.all([amy.connection.once("connected"), bob.connection.once("connected")]);
const [amysSpaces, bobsSpaces] = [new Spaces(amy), new Spaces(bob)];
const options = { offlineTimeout: 1_000 };
const amysSpace = await amysSpaces.get("board", options);
const bobsSpace = await bobsSpaces.get("board", options);
say("same space", await amysSpaces.get("board", options) === amysSpace, amysSpaces.version);

const describe = ({ clientId, profileData, location, isConnected }: SpaceMember) => ({
  clientId,
  profileData,
  location,
  isConnected,
});
const byName = (members: SpaceMember[]) =>
  members.map(describe).sort((a, b) => a.clientId < b.clientId ? -1 : 1);

const members = new Inbox<[string, SpaceMember]>();
for (const event of ["enter", "updateProfile", "leave", "remove"] as const) {
  bobsSpace.members.subscribe(event, (member) => members.put([event, member]));
}
const locations = new Inbox<[string, unknown, unknown]>();
bobsSpace.locations.subscribe("update", ({ member, previousLocation, currentLocation }) => {
  locations.put([member.clientId, previousLocation, currentLocation]);
});
const locks = new Inbox<Lock>();
bobsSpace.locks.subscribe("update", locks.put);
const counts = new Inbox<number>();
bobsSpace.subscribe("update", ({ members }) => counts.put(members.length));

await bobsSpace.enter({ name: "Bob" });
say("bob enters", byName(await bobsSpace.members.getAll()));
await amysSpace.enter({ name: "Amy", avatar: "a.png" });
await members.find(([event, { clientId }]) => event === "enter" && clientId === "amy");
say("self", describe((await bobsSpace.members.getSelf())!));
say("others", byName(await bobsSpace.members.getOthers()));
say("state", (await bobsSpace.getState()).members.length);
await amysSpace.updateProfileData((profile) => ({ ...profile, name: "Amelia" }));
const [, renamed] = await members.find(([event, { profileData }]) =>
  event === "updateProfile" && profileData?.name === "Amelia"
);
say("renamed", renamed.lastEvent.name, describe(renamed));
say("enter twice", await refusal(amysSpace.enter()), (await amysSpace.members.getAll()).length);

await amysSpace.locations.set({ slide: 1 });
// The package reads the current location late: of two updates in one network packet, the first would have that of the second.
await locations.count(1);
await amysSpace.locations.set({ slide: 2, element: "title" });
for (const update of await locations.count(2)) say("location", ...update);
say("locations", Object.values(await bobsSpace.locations.getOthers()));
say("own location", await amysSpace.locations.getSelf(), await bobsSpace.locations.getSelf());
say("elsewhere", await refusal((await amysSpaces.get("empty")).locations.set({ slide: 1 })));

const cursors = new Inbox<CursorUpdate>();
bobsSpace.cursors.subscribe("update", cursors.put);
await bobsSpace.cursors.getAll();
amysSpace.cursors.subscribe("update", () => {});
await amysSpace.cursors.getAll();
const move = (x: number) =>
  amysSpace.cursors.set({ position: { x, y: 2 * x }, data: { state: "move" } });
await (async function moveUntilSeen() {
  // Cursors are dropped while the space has no other member that is known.
  for (let x = 1; cursors.items.length === 0; x++) {
    await move(x);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
})();
const [first] = await cursors.count(1);
say("cursor", first!.clientId, first!.position.y === 2 * first!.position.x, first!.data);
await move(1000);
await cursors.find(({ position }) => position.x === 1000);
const stored = await bobsSpace.cursors.getOthers();
say("last cursor", Object.values(stored).map((cursor) => cursor?.position));

const lock = await amysSpace.locks.acquire("title", { attributes: { color: "red" } });
say("acquired", lock.status, lock.id, lock.attributes);
const seen = await locks.find(({ id, status }) => id === "title" && status === "locked");
say("lock", seen.id, seen.status, seen.member.clientId, seen.attributes);
await bobsSpace.locks.acquire("title");
const lost = await locks.find(({ status, member }) =>
  status === "unlocked" && member.clientId === "bob"
);
say("lost", lost.id, lost.reason?.code, bobsSpace.locks.get("title")?.member.clientId);
say("acquire twice", await refusal(amysSpace.locks.acquire("title")));
say("all locks", (await bobsSpace.locks.getAll()).map(({ id, status }) => [id, status]));
await amysSpace.locks.release("title");
await locks.find(({ status, member }) => status === "unlocked" && member.clientId === "amy");
say("released", bobsSpace.locks.get("title")?.status ?? "free");
const again = await bobsSpace.locks.acquire("title");
const mine = await locks.find(({ status, member }) =>
  status === "locked" && member.clientId === "bob"
);
say("acquired again", again.status, mine.status);

await amysSpace.leave({ name: "gone" });
const [, left] = await members.find(([event]) => event === "leave");
say("leaves", left.lastEvent.name, describe(left));
const [, removed] = await members.find(([event]) => event === "remove");
say("removed", removed.clientId, (await bobsSpace.members.getAll()).length);
say("updates", counts.items.length > 3);
end();
